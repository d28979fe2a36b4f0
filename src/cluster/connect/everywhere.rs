//! Lists over all namespaces. Where roles are given a namespace at a time, such a list is forbidden although all that
//! it would hold may be read: then the namespaces are read one by one.
//!
//! What may not be read is never taken for nothing: one namespace that may not be read, or a list of namespaces that is
//! forbidden, is a failure.

use futures_util::stream::{self, StreamExt as _};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::kinds::Kind;
use super::{Connected, Failed, kind, text_at};
use crate::foreign::Text;
use crate::model::Reply;

/// How many namespaces are read at a time.
const TOGETHER: usize = 8;

/// What a list comes to.
type Listed<T> = Result<Vec<T>, Failed>;

impl Connected {
    /// All objects of a kind with these labels, in whatever namespace.
    pub async fn list_everywhere(&self, kind: &Kind, labels: &str) -> Listed<Value> {
        let whole = self.list(kind, None, labels).await;
        let one = |space: String| -> Reply<'_, Listed<Value>> {
            Box::pin(async move { self.list(kind, Some(&space), labels).await })
        };
        self.or_one_by_one(kind, whole, one).await
    }

    /// The same in the caller's own leaner form.
    pub async fn list_lean_everywhere<T>(&self, kind: &Kind) -> Listed<T>
    where
        T: Clone + DeserializeOwned + Send,
    {
        let whole = self.list_lean(kind, None).await.map(|(objects, _)| objects);
        let one = |space: String| -> Reply<'_, Listed<T>> {
            Box::pin(async move { Ok(self.list_lean(kind, Some(&space)).await?.0) })
        };
        self.or_one_by_one(kind, whole, one).await
    }

    async fn or_one_by_one<'a, T>(
        &self,
        kind: &Kind,
        whole: Listed<T>,
        one: impl Fn(String) -> Reply<'a, Listed<T>>,
    ) -> Listed<T> {
        let mut forbidden = match whole {
            Err(failed) if failed.is_forbidden() && kind.namespaced => failed,
            listed => return listed,
        };
        let spaces = match self.list(&kind::NAMESPACE, None, "").await {
            Ok(spaces) => spaces,
            // What was asked for says more than what was tried in its place.
            Err(failed) if failed.is_forbidden() => return Err(forbidden),
            Err(failed) => return Err(failed),
        };
        let names: Vec<&str> = spaces.iter().map(|space| text_at(space, "/metadata/name")).collect();
        let lists: Vec<_> = names.iter().map(|name| one((*name).to_owned())).collect();
        let mut lists = stream::iter(lists).buffered(TOGETHER).zip(stream::iter(names));
        let mut all = Vec::new();
        while let Some((listed, name)) = lists.next().await {
            match listed {
                Ok(listed) => all.extend(listed),
                Err(failed) if failed.is_forbidden() => {
                    let said = format!("{}; nor in the namespace {name} alone", forbidden.said);
                    forbidden.said = Text::new(&said);
                    return Err(forbidden);
                }
                Err(failed) => return Err(failed),
            }
        }
        Ok(all)
    }
}
