//! Version 2 in its binary form: protocol buffers by gnostic's `openapi.v2`, whose field numbers these are.

use serde_json::{Map, Value};

/// The document.
pub fn document(document: &Value) -> Vec<u8> {
    let mut out = Message::default();
    out.text(1, &document["swagger"]);
    out.inner(2, |info| {
        info.text(1, &document["info"]["title"]);
        info.text(2, &document["info"]["version"]);
    });
    out.inner(8, |paths| {
        for (path, item) in entries(&document["paths"]) {
            paths.named(2, path, |message| path_item(message, item));
        }
    });
    out.inner(9, |definitions| {
        for (name, body) in entries(&document["definitions"]) {
            definitions.named(1, name, |message| schema(message, body));
        }
    });
    out.0
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn path_item(out: &mut Message, item: &Value) {
    for (number, verb) in [(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (8, "patch")] {
        if item[verb].is_object() {
            out.inner(number, |message| operation(message, &item[verb]));
        }
    }
}

fn operation(out: &mut Message, body: &Value) {
    for media_type in body["consumes"].as_array().into_iter().flatten() {
        out.text(7, media_type);
    }
    for parameter in body["parameters"].as_array().into_iter().flatten() {
        // A ParametersItem that is a Parameter, which is a NonBodyParameter, of the query.
        let mut query = Message::default();
        query.text(2, &parameter["in"]);
        query.text(4, &parameter["name"]);
        query.text(6, &parameter["type"]);
        query.number(20, 1);
        for around in [3, 2, 1] {
            let inner = std::mem::take(&mut query);
            query.bytes(around, &inner.0);
        }
        out.bytes(8, &query.0);
    }
    out.inner(9, |responses| {
        for (code, response) in entries(&body["responses"]) {
            responses
                .named(1, code, |value| value.inner(1, |message| message.text(1, &response["description"])));
        }
    });
    extensions(out, 13, body);
}

fn schema(out: &mut Message, body: &Value) {
    out.text(1, &body["$ref"]);
    out.text(2, &body["format"]);
    for name in body["required"].as_array().into_iter().flatten() {
        out.text(19, name);
    }
    if body["additionalProperties"].is_object() {
        out.inner(21, |item| item.inner(1, |message| schema(message, &body["additionalProperties"])));
    }
    if body["type"].is_string() {
        out.inner(22, |item| item.text(1, &body["type"]));
    }
    if body["items"].is_object() {
        out.inner(23, |item| item.inner(1, |message| schema(message, &body["items"])));
    }
    if body["properties"].is_object() {
        out.inner(25, |properties| {
            for (name, property) in entries(&body["properties"]) {
                properties.named(1, name, |message| schema(message, property));
            }
        });
    }
    extensions(out, 31, body);
}

/// What begins with `x-`, as YAML, of which JSON is a part.
fn extensions(out: &mut Message, number: u8, body: &Value) {
    for (name, value) in entries(body).filter(|(name, _)| name.starts_with("x-")) {
        out.named(number, name, |any| any.bytes(2, value.to_string().as_bytes()));
    }
}

/// A message in the making.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: usize) {
        while number > 0x7f {
            self.0.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
            number >>= 7;
        }
        self.0.push(u8::try_from(number).unwrap_or(0));
    }

    fn bytes(&mut self, number: u8, content: &[u8]) {
        self.varint(usize::from(number) << 3 | 2);
        self.varint(content.len());
        self.0.extend(content);
    }

    fn number(&mut self, number: u8, value: usize) {
        self.varint(usize::from(number) << 3);
        self.varint(value);
    }

    fn text(&mut self, number: u8, value: &Value) {
        if let Some(text) = value.as_str() {
            self.bytes(number, text.as_bytes());
        }
    }

    fn inner(&mut self, number: u8, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(number, &inner.0);
    }

    /// An entry of a map: name 1, value 2.
    fn named(&mut self, number: u8, name: &str, fill: impl FnOnce(&mut Self)) {
        self.inner(number, |entry| {
            entry.bytes(1, name.as_bytes());
            entry.inner(2, fill);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_small_document_has_the_bytes_that_it_must_have() {
        let small = json!({"swagger": "2.0", "info": {"title": "K", "version": "v1"}, "definitions": {
            "a.B": {"type": "object", "x-y": 1}}});
        let expected: &[u8] = &[
            0x0a, 3, b'2', b'.', b'0', // swagger
            0x12, 7, 0x0a, 1, b'K', 0x12, 2, b'v', b'1', // info
            0x42, 0, // no paths
            0x4a, 33, 0x0a, 31, 0x0a, 3, b'a', b'.', b'B', 0x12, 24, // definitions: a.B
            0xb2, 0x01, 8, 0x0a, 6, b'o', b'b', b'j', b'e', b'c', b't', // type
            0xfa, 0x01, 10, 0x0a, 3, b'x', b'-', b'y', 0x12, 3, 0x12, 1, b'1', // extension
        ];
        assert_eq!(document(&small), expected);
    }
}
