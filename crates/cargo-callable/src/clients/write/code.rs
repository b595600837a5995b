//! Lines of code.

/// A text of indented lines.
pub(super) struct Code {
    text: String,
    depth: usize,
    indent: &'static str,
}

impl Code {
    pub(super) fn new(indent: &'static str) -> Self {
        Self { text: String::new(), depth: 0, indent }
    }

    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if !line.is_empty() {
            self.text += &self.indent.repeat(self.depth);
            self.text += line;
        }
        self.text.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Several lines at the present depth.
    pub(super) fn lines(&mut self, lines: &str) {
        lines.lines().for_each(|line| self.line(line));
    }

    /// A line that opens a block, its inner lines, and the line that closes it, if there is one.
    pub(super) fn block(
        &mut self,
        open: impl AsRef<str>,
        close: &str,
        inner: impl FnOnce(&mut Self),
    ) {
        self.line(open);
        self.depth += 1;
        inner(self);
        self.depth -= 1;
        if !close.is_empty() {
            self.line(close);
        }
    }

    /// A doc comment of lines that begin with `///`.
    pub(super) fn slashes(&mut self, docs: &[String]) {
        docs.iter().for_each(|line| self.line(format!("/// {line}").trim_end()));
    }

    /// A doc comment between `/**` and `*/`.
    pub(super) fn stars(&mut self, docs: &[String]) {
        let docs: Vec<_> = docs.iter().map(|line| line.replace("*/", "*\u{200b}/")).collect();
        match docs.as_slice() {
            [] => {}
            [line] => self.line(format!("/** {line} */")),
            lines => {
                self.line("/**");
                lines.iter().for_each(|line| self.line(format!(" * {line}").trim_end()));
                self.line(" */");
            }
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// `docs` with one more line.
pub(super) fn with(docs: &[String], more: Option<&str>) -> Vec<String> {
    docs.iter().cloned().chain(more.map(str::to_owned)).collect()
}
