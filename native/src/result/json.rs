//! JSON writer: writes one JSON object with the bytes of Python's `json.dumps(..., indent=2, ensure_ascii=False)`.

/// Returns the two-character JSON escape of a byte, or an empty string if the byte has none.
fn escape(byte: u8) -> &'static str {
    match byte {
        b'"' => "\\\"",
        b'\\' => "\\\\",
        b'\n' => "\\n",
        b'\r' => "\\r",
        b'\t' => "\\t",
        0x08 => "\\b",
        0x0C => "\\f",
        _ => "",
    }
}

/// Writer of one JSON object, member by member.
#[derive(Default)]
pub(crate) struct ObjectWriter {
    begun: bool,
}

impl ObjectWriter {
    /// Appends a member with its name and value to `out`.
    pub(crate) fn push(&mut self, name: &str, value: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.begun { b",\n  \"" } else { b"{\n  \"" });
        self.begun = true;
        write_escaped(name, out);
        out.extend_from_slice(b"\": ");
        out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }

    /// Appends the end of the object to `out`.
    pub(crate) fn finish(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.begun { b"\n}" } else { b"{}" });
    }
}

fn write_escaped(text: &str, out: &mut Vec<u8>) {
    let mut plain = 0;
    for (index, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&text.as_bytes()[plain..index]);
        match escape(byte) {
            "" => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            escape => out.extend_from_slice(escape.as_bytes()),
        }
        plain = index + 1;
    }
    out.extend_from_slice(&text.as_bytes()[plain..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_escaped_and_indented() {
        let (mut object, mut out) = (ObjectWriter::default(), Vec::new());
        object.push("a\"\\\n\u{1}\u{7f}Ġé", 0, &mut out);
        object.push("", u64::MAX, &mut out);
        object.finish(&mut out);
        let expected = "{\n  \"a\\\"\\\\\\n\\u0001\u{7f}Ġé\": 0,\n  \"\": 18446744073709551615\n}";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn an_object_without_members_has_no_line() {
        let mut out = Vec::new();
        ObjectWriter::default().finish(&mut out);
        assert_eq!(out, b"{}");
    }
}
