//! The mails of the demo: what a German translator with a birthday on 23 December finds in her
//! inbox between 10 December 2025 and 2 January 2026. Invented, all of them.

macro_rules! mails {
    ($($name:literal)+) => {
        /// The mails in the order in which they arrived, as they lie in a Maildir.
        pub const MAILS: [&[u8]; [$($name),+].len()] =
            [$(include_bytes!(concat!("mails/", $name, ".eml"))),+];
    };
}

mails! {
    "01-newsletter"
    "02-mailing-list-post"
    "03-shop-newsletter"
    "04-party-logistics"
    "05-order-confirmation"
    "06-club-circular"
    "07-saas-vendor"
    "08-client"
    "09-invoice"
    "10-charity"
    "11-english-friend"
    "12-company-greetings"
    "13-coach"
    "14-out-of-office"
    "15-supplier"
    "16-chain-poem"
    "17-family"
    "18-colleague"
    "19-xing-one-liner"
    "20-birthday-voucher"
    "21-linkedin-request"
    "22-old-friend"
    "23-e-card"
    "24-name-only"
    "25-reply"
    "26-appointment"
    "27-thanks"
}
