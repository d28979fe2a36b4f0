//! The few fields of an X.509 certificate (RFC 5280 §4.1) that are judged and shown. Hostile input: nothing is
//! believed of a length, and what does not fit is simply not there.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::foreign::Text;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OBJECT_ID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;
/// `id-at-commonName`, 2.5.4.3, and `id-at-organizationName`, 2.5.4.10.
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const ORGANISATION: [u8; 3] = [0x55, 0x04, 0x0a];

/// A certificate, as far as it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Who signed it.
    pub issuer: Text,
    /// For whom.
    pub subject: Text,
    /// Good from.
    pub not_before: Option<Timestamp>,
    /// Good until.
    pub not_after: Option<Timestamp>,
}

/// Reads a certificate in DER.
pub fn read(der: &[u8]) -> Option<Certificate> {
    Some(parts(der)?.0)
}

/// The public key of a certificate in DER (its SubjectPublicKeyInfo, whole).
pub fn public_key(der: &[u8]) -> Option<&[u8]> {
    Some(parts(der)?.1)
}

/// What is judged, and the public key.
fn parts(der: &[u8]) -> Option<(Certificate, &[u8])> {
    let (mut body, _) = take(take(der, SEQUENCE)?.0, SEQUENCE)?;
    if let Some((_, rest)) = take(body, VERSION) {
        body = rest;
    }
    let (_, body) = take(body, INTEGER)?;
    let (_, body) = take(body, SEQUENCE)?;
    let (issuer, body) = take(body, SEQUENCE)?;
    let (dates, body) = take(body, SEQUENCE)?;
    let (subject, body) = take(body, SEQUENCE)?;
    let (_, rest) = take(body, SEQUENCE)?;
    let key = body.get(..body.len() - rest.len())?;
    let (from, rest) = any(dates)?;
    let (until, _) = any(rest)?;
    let certificate = Certificate {
        issuer: name(issuer),
        subject: name(subject),
        not_before: moment(from),
        not_after: moment(until),
    };
    Some((certificate, key))
}

/// A tag with its value, and what follows them.
type Next<'a> = ((u8, &'a [u8]), &'a [u8]);

/// A value of that tag, and what follows it.
fn take(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let ((found, value), rest) = any(der)?;
    (found == tag).then_some((value, rest))
}

/// The next value with its tag, and what follows it.
fn any(der: &[u8]) -> Option<Next<'_>> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        // Four bytes of length are more than any certificate has.
        let count = usize::from(first & 0x7f);
        let bytes = rest.get(..count).filter(|bytes| (1..=4).contains(&bytes.len()))?;
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest.get(count..)?)
    };
    Some(((tag, rest.get(..length)?), rest.get(length..)?))
}

/// The common name, else the organisation.
fn name(mut names: &[u8]) -> Text {
    let (mut common, mut organisation) = (None, None);
    while let Some((set, rest)) = take(names, SET) {
        names = rest;
        let found = take(set, SEQUENCE).and_then(|(pair, _)| {
            let (id, rest) = take(pair, OBJECT_ID)?;
            let ((_, value), _) = any(rest)?;
            Some((id, Text::within(&String::from_utf8_lossy(value), 80)))
        });
        match found {
            Some((id, value)) if id == COMMON_NAME => common = Some(value),
            Some((id, value)) if id == ORGANISATION => organisation = Some(value),
            _ => {}
        }
    }
    match (common, organisation) {
        (Some(common), Some(organisation)) if !common.contains(organisation.as_str()) => {
            Text::within(&format!("{common} ({organisation})"), 120)
        }
        (common, organisation) => common.or(organisation).unwrap_or_default(),
    }
}

fn moment((tag, value): (u8, &[u8])) -> Option<Timestamp> {
    let text = std::str::from_utf8(value).ok()?.strip_suffix('Z')?;
    let year = match tag {
        // RFC 5280 §4.1.2.5.1: two digits below 50 are of this century.
        UTC_TIME => {
            let two: u16 = text.get(..2)?.parse().ok()?;
            if two < 50 { 2000 + two } else { 1900 + two }
        }
        GENERALIZED_TIME => text.get(..4)?.parse().ok()?,
        _ => return None,
    };
    let rest = text.get(if tag == UTC_TIME { 2 } else { 4 }..)?;
    let part = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let civil = DateTime::new(i16::try_from(year).ok()?, part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, 0);
    Some(civil.ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;

    fn der(name: &str) -> CertificateDer<'static> {
        let path = format!("{}/tests/wire/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"));
        CertificateDer::from_pem_file(path).unwrap()
    }

    fn fixture(name: &str) -> Option<Certificate> {
        read(&der(name))
    }

    #[test]
    fn dates_and_names_are_read() {
        let expired = fixture("expired.pem").unwrap();
        assert_eq!(expired.not_after.unwrap().to_string(), "2021-01-01T00:00:00Z");
        let future = fixture("future.pem").unwrap();
        assert_eq!(future.not_before.unwrap().to_string(), "2110-01-01T00:00:00Z");
        assert!(!future.issuer.is_empty() && future.issuer != future.subject, "{future:?}");
        let ca = fixture("ca.pem").unwrap();
        assert_eq!(ca.issuer, ca.subject);
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_stumble(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn a_certificate_that_was_tampered_with_does_not_either(at in 0usize..400, byte in proptest::num::u8::ANY) {
            let mut der = der("good.pem").to_vec();
            let at = at.min(der.len() - 1);
            der[at] = byte;
            let _ = read(&der);
        }
    }
}
