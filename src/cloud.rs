//! Where this machine stands, by the word of the cloud it runs in.
//!
//! Each provider's virtual machines reach a metadata service at one link-local address. All three are asked side
//! by side, within a third of a second: a machine at home must not wait for what it has not. The answers are
//! untrusted: short, of a safe alphabet, and only a region of the bundled table counts.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::select_ok;

use crate::http::metadata::Metadata;
use crate::location::{self, Guess};

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_millis(300);
/// The longest name of a region.
const REGION: usize = 40;
/// The longest session token of AWS's service.
const TOKEN: usize = 256;

/// Asks whose cloud this is, and in which region. Nothing where no provider answers in time, or none in a region
/// that is known.
pub async fn guess(at: SocketAddr) -> Option<Guess> {
    let service = Metadata::new(at)?;
    let asked = select_ok([
        boxed(async { Some(("aws", "AWS", aws(&service).await?)) }),
        boxed(async { Some(("gcp", "Google Cloud", google(&service).await?)) }),
        boxed(async { Some(("azure", "Azure", azure(&service).await?)) }),
    ]);
    let ((provider, called, region), _) = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
    let zone = location::of_region(provider, &region)?;
    Some(Guess { zone, source: format!("the {called} region {region} (instance metadata)") })
}

type Found = (&'static str, &'static str, String);

fn boxed<'a>(
    asked: impl Future<Output = Option<Found>> + Send + 'a,
) -> std::pin::Pin<Box<dyn Future<Output = Result<Found, ()>> + Send + 'a>> {
    Box::pin(async { asked.await.ok_or(()) })
}

/// Amazon's second version of the service (IMDSv2): a session token first, for a minute.
async fn aws(service: &Metadata) -> Option<String> {
    let wish = [("x-aws-ec2-metadata-token-ttl-seconds", "60")];
    let token = service.put("/latest/api/token", &wish).await?;
    let token = token.trim();
    if token.is_empty() || token.len() > TOKEN || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let shown = [("x-aws-ec2-metadata-token", token)];
    region(&service.get("/latest/meta-data/placement/region", &shown).await?)
}

/// Google's: `projects/123/zones/europe-west3-a`, a zone of a region.
async fn google(service: &Metadata) -> Option<String> {
    let flavor = [("metadata-flavor", "Google")];
    let zone = service.get("/computeMetadata/v1/instance/zone", &flavor).await?;
    let zone = zone.trim().rsplit('/').next()?;
    region(zone.rsplit_once('-')?.0)
}

/// Microsoft's.
async fn azure(service: &Metadata) -> Option<String> {
    let path = "/metadata/instance/compute/location?api-version=2021-02-01&format=text";
    region(&service.get(path, &[("metadata", "true")]).await?)
}

/// The name of a region, if it can be one.
fn region(said: &str) -> Option<String> {
    let said = said.trim();
    let safe = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let well_formed = !said.is_empty() && said.len() <= REGION && said.bytes().all(safe);
    well_formed.then(|| said.to_owned())
}
