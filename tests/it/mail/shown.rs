//! A message as text that people can read and compare.

use std::fmt::Write as _;

use grussd::mail::{Address, Envelope, Mail};

/// Everything that was read, empty things left out.
pub(super) fn show(mail: &Mail) -> String {
    let mut out = String::new();
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            writeln!(out, "{name}: {value}").unwrap();
        }
    };
    field("message id", mail.message_id.as_deref().unwrap_or_default());
    field("references", &mail.references.join(" "));
    field("from", &mail.from.as_ref().map(address).unwrap_or_default());
    field("reply to", &mail.reply_to.as_ref().map(address).unwrap_or_default());
    field("to", &addresses(&mail.to));
    field("cc", &addresses(&mail.cc));
    field("subject", &mail.subject);
    if let Some(date) = mail.date {
        let text = format!("{}-{:02}-{:02} {} h", date.year, date.month, date.day, date.hour);
        field("date", &text);
    }
    field("envelope", &envelope(&mail.envelope));
    field("html", if mail.html { "shown" } else { "" });
    for link in &mail.links {
        field("link", &format!("{:?} -> {}", link.text, link.target));
    }
    if mail.images > 0 {
        field("images", &mail.images.to_string());
    }
    for text in &mail.image_texts {
        field("image text", text);
    }
    for file in &mail.attachments {
        field("attachment", &format!("{:?}, {}, {} bytes", file.name, file.media_type, file.size));
    }
    let defects: Vec<String> = mail.defects.iter().map(|defect| format!("{defect:?}")).collect();
    field("defects", &defects.join(" "));
    for (name, text) in [
        ("text", &mail.text),
        ("signature", &mail.signature),
        ("quoted", &mail.quoted),
        ("forwarded", &mail.forwarded),
        ("hidden", &mail.hidden),
    ] {
        if !text.is_empty() {
            writeln!(out, "\n=== {name}\n{text}").unwrap();
        }
    }
    out
}

fn address(address: &Address) -> String {
    format!("{} <{}>", address.name, address.address).trim_start().to_owned()
}

fn addresses(list: &[Address]) -> String {
    list.iter().map(address).collect::<Vec<_>>().join(", ")
}

fn envelope(envelope: &Envelope) -> String {
    let Envelope { list, unsubscribe, bulk, auto_reply, auto_generated, report, reply, forward } =
        *envelope;
    [
        ("list", list),
        ("unsubscribe", unsubscribe),
        ("bulk", bulk),
        ("auto-reply", auto_reply),
        ("auto-generated", auto_generated),
        ("report", report),
        ("reply", reply),
        ("forward", forward),
    ]
    .into_iter()
    .filter_map(|(name, set)| set.then_some(name))
    .collect::<Vec<_>>()
    .join(" ")
}
