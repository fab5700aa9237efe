//! Addresses of Spark Connect servers as sources: `sc://HOST:PORT/;PARAMETERS?table=NAME`, or `?files=PATH,PATH`.

use crate::domain::text::secret::Secret;
use crate::domain::text::strip_any_case;
use std::fmt::{self, Write};
use std::num::NonZeroU16;

/// The scheme of a server's address.
const SCHEME: &str = "sc://";
/// The default port of Spark Connect.
const PORT: u16 = 15002;

/// The data to read on the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reads {
    /// A table by its name, parts between dots.
    Table(String),
    /// Files that the server reads, the format given by their extension.
    Files(Vec<String>),
}

/// A server, and the data to read there. Its token is never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SparkSource {
    pub host: String,
    pub port: u16,
    /// Whether the connection is encrypted: it is, unless the server is on this machine or the address says otherwise.
    pub tls: bool,
    pub token: Option<Secret>,
    pub user: Option<String>,
    /// Additional headers to send with each call.
    pub headers: Vec<(String, String)>,
    pub reads: Reads,
}

/// Domains of Databricks, which its token may be sent to.
const DATABRICKS: [&str; 5] = [
    ".azuredatabricks.net",
    ".databricks.com",
    ".databricks.us",
    ".databricks.azure.us",
    ".databricks.azure.cn",
];

impl SparkSource {
    /// Whether a source is the address of a server.
    pub fn is_one(source: &str) -> bool {
        strip_any_case(source, SCHEME).is_some()
    }

    /// Parses an address. The error describes the problem without repeating the parameters.
    pub fn read(source: &str) -> Result<Self, String> {
        let rest = source.get(SCHEME.len()..).unwrap_or_default();
        let (before, asked) = rest.split_once('?').unwrap_or((rest, ""));
        let (place, parameters) = before.split_once(';').unwrap_or((before, ""));
        if place.contains('@') {
            return Err(wrong(
                "it must not contain a user name or password; set the token in COSTSCOPE_SPARK_TOKEN",
            ));
        }
        let (place, path) = place.split_once('/').unwrap_or((place, ""));
        if !path.is_empty() {
            return Err(wrong("only parameters may follow the host and port"));
        }
        let (host, port) = host_and_port(place.trim_end_matches('/'))?;
        let loopback = is_loopback(&host);
        let mut server = Self {
            tls: !loopback,
            host,
            port,
            token: None,
            user: None,
            headers: Vec::new(),
            reads: reads(asked)?,
        };
        for parameter in parameters.split(';').filter(|text| !text.trim().is_empty()) {
            server.take(parameter)?;
        }
        if server.token.is_some() {
            server.check_token()?;
        }
        Ok(server)
    }

    fn take(&mut self, parameter: &str) -> Result<(), String> {
        let Some((name, value)) = parameter.split_once('=') else {
            return Err(wrong("parameters are NAME=VALUE, separated by ;"));
        };
        let (name, value) = (name.trim().to_lowercase(), decoded(value.trim())?);
        match name.as_str() {
            "token" if value.is_empty() => {}
            "token" => self.token = Some(Secret::new(value)),
            "user_id" => self.user = Some(value),
            "use_ssl" => {
                self.tls = match value.to_lowercase().as_str() {
                    "true" => true,
                    "false" => false,
                    _ => return Err(wrong("use_ssl must be true or false")),
                }
            }
            // Connection parameters of clients in other languages; not used here.
            "user_agent" | "session_id" | "grpc_max_message_size" => {}
            name => {
                let is_header = name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
                let is_plain = value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
                if !is_header || name == "authorization" || !is_plain {
                    return Err(wrong(
                        "parameters are token, user_id, use_ssl, and headers such as x-databricks-cluster-id",
                    ));
                }
                self.headers.push((name.to_owned(), value));
            }
        }
        Ok(())
    }

    /// Takes a token from the environment if the address has none: ours, or that of Databricks for its own hosts.
    pub fn with_token_of(
        mut self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        if self.token.is_some() {
            return Ok(self);
        }
        let filled = |name: &str| {
            let value = variable(name)?;
            let value = value.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let host = self.host.to_lowercase();
        let named = filled("DATABRICKS_HOST").is_some_and(|named| {
            let named = named.to_lowercase();
            let named = named.trim_start_matches("https://").trim_end_matches('/');
            named == host
        });
        let databricks =
            named || is_loopback(&host) || DATABRICKS.iter().any(|end| host.ends_with(end));
        let token = filled("COSTSCOPE_SPARK_TOKEN").or_else(|| {
            let token = filled("DATABRICKS_TOKEN");
            token.filter(|_| databricks)
        });
        if let Some(token) = token {
            self.token = Some(Secret::new(token));
            self.check_token()?;
        }
        Ok(self)
    }

    /// A token never leaves this machine unencrypted.
    fn check_token(&self) -> Result<(), String> {
        if self.tls || is_loopback(&self.host) {
            return Ok(());
        }
        Err(format!(
            "{self}: a token is not sent to another machine without encryption: leave out use_ssl=false"
        ))
    }

    /// A short name for the data and its host.
    pub fn label(&self) -> String {
        let read = match &self.reads {
            Reads::Table(name) => name.clone(),
            Reads::Files(paths) => {
                let ends = paths.iter().filter_map(|path| path.rsplit('/').next());
                ends.collect::<Vec<_>>().join(", ")
            }
        };
        format!("{read} on {}", self.host)
    }

    /// Host and port of the server, for messages.
    pub fn place(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        format!("{host}:{}", self.port)
    }
}

impl fmt::Display for SparkSource {
    /// The address without its token: a command with it needs the token from the environment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/", self.place())?;
        if self.tls == is_loopback(&self.host) {
            write!(f, ";use_ssl={}", self.tls)?;
        }
        if let Some(user) = &self.user {
            write!(f, ";user_id={}", encoded(user, ""))?;
        }
        for (name, value) in &self.headers {
            write!(f, ";{name}={}", encoded(value, ""))?;
        }
        match &self.reads {
            Reads::Table(name) => write!(f, "?table={}", encoded(name, "")),
            Reads::Files(paths) => {
                write!(f, "?files={}", joined(paths.iter().map(String::as_str)))
            }
        }
    }
}

/// Paths as the parameter `files=` takes them.
pub fn joined<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    let paths: Vec<String> = paths.map(|path| encoded(path, "/:")).collect();
    paths.join(",")
}

fn wrong(why: &str) -> String {
    format!("invalid address of a Spark server: {why}; write sc://HOST:PORT/;PARAMETERS?table=NAME")
}

fn host_and_port(place: &str) -> Result<(String, u16), String> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest
                .split_once(']')
                .ok_or_else(|| wrong("unclosed bracket in the host"))?;
            let port = after.strip_prefix(':');
            if port.is_none() && !after.is_empty() {
                return Err(wrong("only a colon and the port may follow the bracket"));
            }
            (host, port)
        }
        None => place
            .split_once(':')
            .map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(wrong("the host is missing"));
    }
    let port = port.map_or(Ok(PORT), |port| port.parse().map(NonZeroU16::get));
    let port = port.map_err(|_| wrong("the port must be a number from 1 to 65535"))?;
    Ok((host.to_owned(), port))
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Extensions of files that a server reads.
const ENDINGS: [&str; 3] = [".csv", ".csv.gz", ".parquet"];

fn reads(asked: &str) -> Result<Reads, String> {
    if asked.contains('&') {
        return Err(wrong(
            "give either table= or files=; write & in a name as %26",
        ));
    }
    match asked.split_once('=') {
        Some(("table", name)) if !name.trim().is_empty() => {
            Ok(Reads::Table(decoded(name)?.trim().to_owned()))
        }
        Some(("files", list)) => {
            let paths = list
                .split(',')
                .map(|path| Ok(decoded(path)?.trim().to_owned()));
            let paths = paths.collect::<Result<Vec<String>, String>>()?;
            let paths: Vec<String> = paths.into_iter().filter(|path| !path.is_empty()).collect();
            let ends = |path: &String| {
                let lower = path.to_lowercase();
                ENDINGS.iter().position(|ending| lower.ends_with(ending))
            };
            let parquet = |path: &String| ends(path) == Some(2);
            match paths.iter().find(|path| ends(path).is_none()) {
                Some(path) => Err(wrong(&format!(
                    "`{path}` does not end in .csv, .csv.gz or .parquet; folders are not read, so name each file"
                ))),
                None if paths.is_empty() => Err(wrong("files= is empty")),
                None if paths.iter().any(parquet) && !paths.iter().all(parquet) => {
                    Err(wrong("the files must be all CSV or all Parquet"))
                }
                None => Ok(Reads::Files(paths)),
            }
        }
        _ => Err(wrong("table= or files= is missing")),
    }
}

fn decoded(text: &str) -> Result<String, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte.unwrap_or_default()).to_digit(16);
        let (high, low) = (digit(bytes.next()), digit(bytes.next()));
        let value = high
            .zip(low)
            .and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        out.push(value.ok_or_else(|| wrong("a % is not followed by two hexadecimal digits"))?);
    }
    String::from_utf8(out).map_err(|_| wrong("it is not UTF-8"))
}

fn encoded(text: &str, more: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || "-._~`@".contains(c) || more.contains(c) {
            out.push(c);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests;
