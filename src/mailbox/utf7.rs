//! Modified UTF-7, the encoding of folder names on IMAP servers and in Maildir++ (RFC 3501,
//! 5.1.3): printable ASCII stands for itself, `&` is `&-`, anything else is UTF-16 in a Base64
//! without padding that has `,` for `/`, between `&` and `-`.

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Encodes a name.
pub fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let plain = is_plain(first);
        let end = rest.find(|c| is_plain(c) != plain).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        if plain {
            encoded.push_str(&run.replace('&', "&-"));
        } else {
            let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
            encoded.push('&');
            encoded.push_str(&BASE64.encode(units));
            encoded.push('-');
        }
        rest = tail;
    }
    encoded
}

/// Decodes a name; none if it is not what [`encode`] gives for any, so that a name that was
/// decoded leads back to the same folder.
pub fn decode(encoded: &str) -> Option<String> {
    let mut name = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((plain, shifted)) = rest.split_once('&') {
        name.push_str(plain);
        let (run, tail) = shifted.split_once('-')?;
        if run.is_empty() {
            name.push('&');
        } else {
            let bytes = BASE64.decode(run).ok()?;
            let units = bytes.chunks(2).map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)));
            name.push_str(&String::from_utf16(&units.collect::<Option<Vec<_>>>()?).ok()?);
        }
        rest = tail;
    }
    name.push_str(rest);
    (encode(&name) == encoded).then_some(name)
}

fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(name: &str, encoded: &str) {
        assert_eq!(encode(name), encoded);
        assert_eq!(decode(encoded).as_deref(), Some(name));
    }

    #[test]
    fn names_as_servers_write_them() {
        check("INBOX", "INBOX");
        check("Grüße/Persönlich 2026 & mehr", "Gr&APwA3w-e/Pers&APY-nlich 2026 &- mehr");
        // RFC 3501, 5.1.3.
        check("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        check("🎄", "&2DzfhA-");
        check("a\tb", "a&AAk-b");
        check("&", "&-");
        check("", "");
    }

    #[test]
    fn what_no_name_is_encoded_as_is_refused() {
        for garbage in [
            "&",
            "&A",
            "&AP",
            "&APw",
            "&A-",
            "&AP-",
            "&APwA-",
            "&AGE-",
            "&APw-&AN8-",
            "ü",
            "&2Dw-",
            "&APy-",
            "&AP/8-",
            "&APw=-",
            "a\u{1}",
        ] {
            assert_eq!(decode(garbage), None, "{garbage}");
        }
    }

    proptest! {
        #[test]
        fn any_name_round_trips(name in any::<String>()) {
            let encoded = encode(&name);
            prop_assert!(encoded.chars().all(is_plain));
            prop_assert_eq!(decode(&encoded), Some(name));
        }

        #[test]
        fn any_garbage_is_survived(text in "[&a-zA-Z0-9+,/=ü-]{0,30}") {
            if let Some(name) = decode(&text) {
                prop_assert_eq!(encode(&name), text);
            }
        }
    }
}
