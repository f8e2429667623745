//! The web app: files made by the build of `ui/`, kept in the binary.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use rust_embed::{Embed, EmbeddedFile};
use std::fmt::Write;
use std::io::Read;

/// Texts stand there compressed, as `<name>.gz`; other files as they are.
#[derive(Embed)]
#[folder = "../../ui/dist/"]
#[allow_missing = true]
struct Files;

const PAGE: &str = "index.html";
/// Names in this folder carry a hash of their content.
const HASHED: &str = "assets/";
/// The page loads nothing from elsewhere, runs only its own scripts, and is shown in no frame. The
/// component library sets styles on elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; \
                      worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; \
                      base-uri 'none'; form-action 'self'";
const NOT_BUILT: &str = "This binary was built without the web app.\n\
                         Build it with `cargo xtask demo`, or run `cargo xtask ui` and build again.\n";

/// A file of the app, or its page for every other path: the app knows what the path means.
pub async fn serve(request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    let wanted = if path.is_empty() { PAGE } else { path };
    if let Some(response) = file(wanted, request.headers()) {
        return response;
    }
    if wanted.starts_with(HASHED) {
        return (StatusCode::NOT_FOUND, "no such file; load the page again\n").into_response();
    }
    file(PAGE, request.headers())
        .unwrap_or_else(|| (StatusCode::NOT_FOUND, NOT_BUILT).into_response())
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    if let Some(compressed) = Files::get(&format!("{path}.gz")) {
        let tag = tag_of(&compressed);
        if accepts_gzip(headers) {
            let mut response =
                answer(path, &tag, headers, Body::from(compressed.data.into_owned()));
            if response.status() == StatusCode::OK {
                let gzip = HeaderValue::from_static("gzip");
                response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
            }
            return Some(response);
        }
        let mut plain = Vec::new();
        GzDecoder::new(compressed.data.as_ref()).read_to_end(&mut plain).ok()?;
        return Some(answer(path, &format!("{tag}-plain"), headers, Body::from(plain)));
    }
    let found = Files::get(path)?;
    let tag = tag_of(&found);
    Some(answer(path, &tag, headers, Body::from(found.data.into_owned())))
}

fn tag_of(file: &EmbeddedFile) -> String {
    let mut tag = String::new();
    for byte in &file.metadata.sha256_hash()[..12] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            (name.eq_ignore_ascii_case("gzip") || name == "*")
                && !parts.any(|it| it == "q=0" || it == "q=0.0")
        })
}

fn answer(path: &str, tag: &str, request: &HeaderMap, body: Body) -> Response {
    let tag = format!("\"{tag}\"");
    let known = request
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|it| it.trim() == tag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, content_type(path))], body).into_response()
    };
    let caching =
        if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Headers that keep a browser from being turned against its user, on every answer.
pub async fn protect(request: Request, next: axum::middleware::Next) -> Response {
    const HEADERS: [(HeaderName, &str); 5] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_who_accepts_it() {
        let accepts = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(text).unwrap());
            accepts_gzip(&headers)
        };
        assert!(accepts("br, gzip;q=0.5"));
        assert!(accepts("*"));
        assert!(!accepts("br"));
        assert!(!accepts("gzip;q=0"));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
