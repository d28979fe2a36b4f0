//! Where the rendered objects come from: with this program, or out of a file that the profile names.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::sync::OnceCell;

use super::manifest;
use crate::cluster::connect::Kind;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::Slug;

/// How long a file of objects may be, in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;

/// The rendered objects of a release.
#[derive(Default)]
pub struct Source {
    file: Option<PathBuf>,
    /// Read once: what was reviewed is what is applied.
    read: OnceCell<String>,
}

impl Source {
    /// Out of a file.
    pub fn file(path: PathBuf) -> Self {
        Self { file: Some(path), read: OnceCell::new() }
    }

    /// The objects of the release of that name, in the order in which they are applied.
    pub async fn objects(&self, slug: &Slug) -> Result<Vec<(&'static Kind, Value)>, Fault> {
        let Some(path) = &self.file else {
            return manifest::objects(manifest::RENDERED, slug).map_err(|why| manifest::broken(&why));
        };
        let objects = manifest::objects(self.text(path).await?, slug).map_err(|why| bad(path, &why))?;
        if objects.is_empty() { Err(bad(path, "it holds no object")) } else { Ok(objects) }
    }

    /// What a file has of the Secret with the credential, which is made in code: it may name more keys.
    pub async fn secret(&self, slug: &Slug) -> Result<Option<Value>, Fault> {
        let Some(path) = &self.file else { return Ok(None) };
        manifest::secret(self.text(path).await?, slug).map_err(|why| bad(path, &why))
    }

    async fn text(&self, path: &Path) -> Result<&String, Fault> {
        self.read.get_or_try_init(|| async { read(path).map_err(|why| bad(path, &why)) }).await
    }

    /// What it is called.
    pub fn title(&self, objects: &[Value]) -> Text {
        match &self.file {
            None => manifest::title(objects),
            Some(path) => manifest::chart(objects)
                .unwrap_or_else(|| Text::within(&path.file_name().unwrap_or_default().to_string_lossy(), 60)),
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LONGEST { Err("it is longer than 4 MiB".to_owned()) } else { Ok(text) }
}

fn bad(path: &Path, why: &str) -> Fault {
    let what = format!("The file of objects {}", Text::within(&path.to_string_lossy(), 200));
    Fault::BadInput { what: Text::new(&what), why: Text::new(why) }
}
