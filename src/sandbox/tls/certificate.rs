//! X.509 certificates (RFC 5280), as far as one authority and its servers need them, written in DER.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{EcdsaKeyPair, KeyPair};

/// Valid from a day ago, for clocks that are behind.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// Valid for 90 days, which no sandbox outlives.
const AFTER: SignedDuration = SignedDuration::from_hours(24 * 90);

/// `SEQUENCE { ecdsa-with-SHA256 }`
const SIGNATURE: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// `SEQUENCE { id-ecPublicKey, prime256v1 }`
const PUBLIC_KEY: &[u8] = &[
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07,
];
/// id-kp-serverAuth
const SERVER_AUTH: &[u8] = &[0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const UTF8: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// What a certificate is for.
pub enum Role<'a> {
    /// Signing others.
    Authority,
    /// A server that is reached under these addresses and this name.
    Server {
        /// The addresses.
        addresses: &'a [IpAddr],
        /// The name.
        name: &'a str,
    },
}

/// A certificate for the subject's key, signed by the issuer.
pub fn certificate(
    issuer: &EcdsaKeyPair,
    issuer_name: &str,
    subject: &EcdsaKeyPair,
    subject_name: &str,
    role: &Role,
) -> anyhow::Result<Vec<u8>> {
    let now = Timestamp::now();
    let time = |at: Timestamp| tagged(UTC_TIME, at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes());
    let serial: [u8; 16] = rand::random();
    let body = sequence(&[
        tagged(0xa0, &tagged(INTEGER, &[2])),
        // A leading byte keeps the number positive and from beginning with zeros.
        tagged(INTEGER, &[&[0x01], &serial[..]].concat()),
        SIGNATURE.to_vec(),
        name(issuer_name),
        sequence(&[time(now.checked_sub(BEFORE)?), time(now.checked_add(AFTER)?)]),
        name(subject_name),
        sequence(&[PUBLIC_KEY.to_vec(), bits(0, subject.public_key().as_ref())]),
        tagged(0xa3, &sequence(&extensions(issuer, subject, role))),
    ]);
    let signature = issuer
        .sign(&SystemRandom::new(), &body)
        .map_err(|_| anyhow::anyhow!("a certificate was not signed"))?;
    Ok(sequence(&[body, SIGNATURE.to_vec(), bits(0, signature.as_ref())]))
}

fn extensions(issuer: &EcdsaKeyPair, subject: &EcdsaKeyPair, role: &Role) -> Vec<Vec<u8>> {
    let own_id = extension(0x0e, false, &tagged(OCTETS, &key_id(subject)));
    let issuer_id = extension(0x23, false, &sequence(&[tagged(0x80, &key_id(issuer))]));
    match role {
        Role::Authority => vec![
            extension(0x13, true, &sequence(&[tagged(BOOLEAN, &[0xff])])),
            extension(0x0f, true, &bits(2, &[0b0000_0100])),
            own_id,
            issuer_id,
        ],
        Role::Server { addresses, name } => {
            let mut names = vec![tagged(0x82, name.as_bytes())];
            names.extend(addresses.iter().map(|address| match address {
                IpAddr::V4(address) => tagged(0x87, &address.octets()),
                IpAddr::V6(address) => tagged(0x87, &address.octets()),
            }));
            vec![
                extension(0x13, true, &sequence(&[])),
                extension(0x0f, true, &bits(7, &[0b1000_0000])),
                extension(0x25, false, &sequence(&[SERVER_AUTH.to_vec()])),
                extension(0x11, false, &sequence(&names)),
                own_id,
                issuer_id,
            ]
        }
    }
}

/// The identifier of a key: the first 160 bits of its digest (RFC 7093).
fn key_id(key: &EcdsaKeyPair) -> Vec<u8> {
    digest(&SHA256, key.public_key().as_ref()).as_ref().iter().copied().take(20).collect()
}

/// An extension of the arc `id-ce` (2.5.29).
fn extension(last: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![tagged(OID, &[0x55, 0x1d, last])];
    if critical {
        parts.push(tagged(BOOLEAN, &[0xff]));
    }
    parts.push(tagged(OCTETS, value));
    sequence(&parts)
}

/// A name of one part: the common name.
fn name(text: &str) -> Vec<u8> {
    let part = sequence(&[tagged(OID, &[0x55, 0x04, 0x03]), tagged(UTF8, text.as_bytes())]);
    sequence(&[tagged(SET, &part)])
}

fn bits(unused: u8, content: &[u8]) -> Vec<u8> {
    tagged(BITS, &[&[unused], content].concat())
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tagged(SEQUENCE, &parts.concat())
}

/// Tag, length, content. Nothing here is longer than 65,535 bytes.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let [.., high, low] = content.len().to_be_bytes();
    match (high, low) {
        (0, 0..=0x7f) => out.push(low),
        (0, _) => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
    out.extend(content);
    out
}
