//! The certificate of a kubeconfig.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::cluster::connect::Certified;
use crate::http::certificate::{Certificate, read};

/// Reads the certificate of a kubeconfig.
pub fn of_login(certified: &Certified) -> Option<Certificate> {
    let pem = match certified {
        Certified::Pem(pem) => pem.as_bytes().to_vec(),
        Certified::Encoded(encoded) => {
            let bytes: k8s_openapi::ByteString =
                serde_json::from_value(serde_json::Value::String(encoded.trim().to_owned())).ok()?;
            bytes.0
        }
    };
    read(&CertificateDer::from_pem_slice(&pem).ok()?)
}
