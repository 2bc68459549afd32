//! What is read of an HTML document.

use super::super::Link;
use super::super::lines::{Line, Role};
use super::visible::Visible;

/// What is to be seen of an HTML document, and what is hidden in it.
#[derive(Debug, Default)]
pub(in super::super) struct Page {
    pub(super) visible: Visible,
    /// Text that is not shown.
    pub(in super::super) hidden: String,
    /// Links, each with its place.
    pub(in super::super) links: Vec<(Spot, Link)>,
    /// Alternative texts of the images shown; empty where there is none.
    pub(in super::super) images: Vec<(Spot, String)>,
    /// Content-IDs of the parts that images show.
    pub(in super::super) content_ids: Vec<String>,
    /// Whether there was more of something than is looked at.
    pub(in super::super) too_much: bool,
}

/// Where a link or an image stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Spot {
    /// Number of the line that it stands in or before.
    pub(in super::super) line: usize,
    /// Depth of quotation.
    pub(in super::super) depth: u8,
}

impl Page {
    /// The visible text.
    pub(in super::super) fn text(&self) -> &str {
        self.visible.text()
    }

    /// The visible lines.
    pub(in super::super) fn lines(&self) -> Vec<Line<'_>> {
        let mut lines = self.visible.lines();
        for (spot, link) in &self.links {
            if let Some(line) = lines.get_mut(spot.line)
                && line.role == Role::Plain
                && line.text == link.text
            {
                line.role = Role::Link;
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::read;
    use super::*;

    #[track_caller]
    fn check_text(html: &str, expected: &str) {
        assert_eq!(read(html).text(), expected, "{html}");
    }

    #[test]
    fn blanks_collapse() {
        check_text("  a \n b\t<b> c</b> d ", "a b c d");
        check_text("<b>Weih</b>nachten", "Weihnachten");
        check_text("a&nbsp;&nbsp;b", "a b");
        check_text("a<pre> b\n\nc\nd</pre>e", "a\n\nb\n\nc\nd\n\ne");
    }

    #[test]
    fn blocks_begin_lines() {
        check_text("<p>a<p>b</p>c", "a\n\nb\n\nc");
        check_text("a<br>b<br><br>c<br><br><br>d", "a\nb\n\nc\n\nd");
        check_text("<div>a</div><div>b</div><div><br></div><div>c</div>", "a\nb\n\nc");
        check_text("<div>a</div><div>&nbsp;</div><div>b</div>", "a\n\nb");
        check_text("<p class=MsoNormal>a</p><p class=MsoNormal>b</p>", "a\nb");
        check_text(
            "<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b",
            "a\n\nb",
        );
        check_text("<ul><li>a<li>b</ul><ol><li>c</ol>", "a\nb\n\nc");
        check_text("<table><tr><td>a<td>b<tr><td>c</table>d", "a\nb\nc\n\nd");
        check_text("<h1>a</h1>b<hr>c", "a\n\nb\n\nc");
        check_text("</p></div></table>a</br>b", "a\nb");
    }

    #[track_caller]
    fn check_hidden(html: &str, visible: &str, hidden: &str) {
        let page = read(html);
        assert_eq!((page.text(), page.hidden.as_str()), (visible, hidden), "{html}");
    }

    #[test]
    fn hidden_text_is_set_apart() {
        check_hidden("a<div style='display:none'>b<p>c</p></div>d", "ad", "b\nc");
        check_hidden("<p style='display:none'>a<p>b", "b", "a");
        check_hidden("<p hidden>a<b>b<div>c</div>", "c", "ab");
        check_hidden("<td style='font-size:0'>a<b style='font-size:12px'>b</b>", "b", "a");
        check_hidden(
            "<i style='visibility:hidden'>a<b style='visibility:visible'>b</b></i>",
            "b",
            "a",
        );
        check_hidden("<i style='display:none'>a<b style='display:block'>b</b></i>", "", "ab");
        check_hidden("<span style='display:none'>a<font>b</span>c", "c", "ab");
        check_hidden("<table><tr style='display:none'><td>a</i>b</table>c", "c", "ab");
        check_hidden("a<i hidden>&zwnj;&nbsp;&#847; b\n c</i>", "a", "b c");
    }

    #[track_caller]
    fn check_links(html: &str, expected: &[(&str, &str)]) {
        let page = read(html);
        let links: Vec<_> =
            page.links.iter().map(|(_, link)| (link.text.as_str(), link.target.as_str())).collect();
        assert_eq!(links, expected, "{html}");
    }

    #[test]
    fn links_have_what_they_stand_behind() {
        check_links("<a href='x'>a <b>b</b></a>", &[("a b", "x")]);
        check_links("<a href=x><img alt='Zum  Shop'></a>", &[("Zum Shop", "x")]);
        check_links("<a href=x><img alt=b>c</a>", &[("c", "x")]);
        check_links("<a href=x>a<a href=y>b", &[("a", "x"), ("b", "y")]);
        check_links("<a href=x><table><tr><td>a</td></tr></table></a>b", &[("a", "x")]);
        check_links(
            "<a href=' x?a=1&amp;b=2\n'></a><area href=y alt=z>",
            &[("", "x?a=1&b=2"), ("z", "y")],
        );
        check_links("<a name=x>a</a><a href='#x'>b</a><a href>c</a>", &[]);
        check_links("<div hidden><a href=x>a</a></div>", &[]);
        check_links("<td style='font-size:0'><a href=x><img alt=a></a>", &[("a", "x")]);
    }

    #[test]
    fn images_are_counted_without_trackers() {
        let page = read(
            "<img src=a.jpg alt=' Ein  Baum '><img src=b.jpg><img width=1 height=1><img style='display:none'>\
             <div hidden><img></div><img alt='🎄'><img src=' cid:c@d '>",
        );
        let texts: Vec<&str> = page.images.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["Ein Baum", "", ""]);
        assert_eq!(page.content_ids, ["c@d"]);
        assert_eq!(page.text(), "🎄");
    }

    #[track_caller]
    fn check_lines(html: &str, expected: &[(&str, u8, Role)]) {
        let page = read(html);
        let lines = page.lines();
        let lines: Vec<_> = lines
            .iter()
            .filter(|line| !line.is_blank())
            .map(|line| (line.text, line.depth, line.role))
            .collect();
        assert_eq!(lines, expected, "{html}");
    }

    #[test]
    fn quotations_and_roles_are_marked() {
        let plain = Role::Plain;
        check_lines(
            "a<blockquote type=CITE>b<blockquote type=cite>c</blockquote></blockquote>d",
            &[("a", 0, plain), ("b", 1, plain), ("c", 2, plain), ("d", 0, plain)],
        );
        check_lines("<blockquote>a</blockquote>", &[("a", 0, plain)]);
        check_lines("<blockquote style='border-left:1px solid'>a</blockquote>", &[("a", 1, plain)]);
        check_lines(
            "<div class=gmail_quote><div class='gmail_attr x'>a:</div>b",
            &[("a:", 0, Role::Attribution), ("b", 0, plain)],
        );
        check_lines(
            "<div name=quote>a</div><div class=yahoo_quoted>b",
            &[("a", 1, plain), ("b", 1, plain)],
        );
        check_lines(
            "a<div id=Signature>b</div>c",
            &[("a", 0, plain), ("b", 0, Role::Signature), ("c", 0, plain)],
        );
        check_lines(
            "<a href=x>a</a><p><a href=y>b</a> c",
            &[("a", 0, Role::Link), ("b c", 0, plain)],
        );
        check_lines(
            "Eva schrieb:<br>&gt; a<br>&gt; b<br>c",
            &[("Eva schrieb:", 0, plain), ("a", 1, plain), ("b", 1, plain), ("c", 0, plain)],
        );
        check_lines(
            "Angebote<br>&gt; a<br>&gt; b",
            &[("Angebote", 0, plain), ("> a", 0, plain), ("> b", 0, plain)],
        );
    }

    #[test]
    fn links_know_their_line() {
        let page =
            read("a<p><a href=x>b</a></p><blockquote type=cite><a href=y>c</a></blockquote><img>");
        let spots: Vec<_> = page.links.iter().map(|(spot, _)| (spot.line, spot.depth)).collect();
        assert_eq!(spots, [(2, 0), (4, 1)]);
        assert_eq!(page.images[0].0, Spot { line: 6, depth: 0 });
        assert_eq!(page.lines()[4].text, "c");
    }
}
