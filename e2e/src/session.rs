//! A person who is signed in, without a browser: keeps the cookie and sends what a page of ours
//! would send.

use crate::http::{Client, Response};
use crate::server::Server;
use serde_json::{Value, json};

/// A session of the API. Without a cookie it is a stranger.
#[derive(Debug, Clone)]
pub struct Session {
    client: Client,
    base_url: String,
    pub cookie: Option<String>,
    pub csrf_token: Option<String>,
}

/// Passwords in the tests.
pub const PASSWORD: &str = "correct horse battery";

impl Session {
    pub fn stranger(server: &Server) -> Self {
        let base_url = format!("{}/api/v1", server.base_url("http"));
        Self { client: Client::default(), base_url, cookie: None, csrf_token: None }
    }

    /// The first owner, made with a link of the command line.
    pub fn owner(server: &Server, name: &str) -> Self {
        let mut session = Self::stranger(server);
        let answer = session.redeem(&server.owner_link(), Some(name), PASSWORD);
        assert_eq!(answer.status, 200, "{}", answer.text());
        session
    }

    /// Somebody whom this owner invites.
    pub fn invite(&self, name: &str, role: &str) -> Self {
        let answer = self.send("POST", "/users", Some(&json!({"name": name, "role": role})));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let link = answer.json()["link"].as_str().expect("a link").to_owned();
        let mut invited = Self { cookie: None, csrf_token: None, ..self.clone() };
        let answer = invited.redeem(&link, Some(name), PASSWORD);
        assert_eq!(answer.status, 200, "{}", answer.text());
        invited
    }

    /// Uses a one-time link.
    pub fn redeem(&mut self, link: &str, name: Option<&str>, password: &str) -> Response {
        let (_, token) = link.split_once('#').expect("a token in the fragment");
        let body = json!({"name": name, "password": password});
        let answer = self.send("POST", &format!("/links/{token}"), Some(&body));
        self.remember(&answer);
        answer
    }

    pub fn sign_in(&mut self, name: &str, password: &str) -> Response {
        let body = json!({"name": name, "password": password});
        let answer = self.send("POST", "/session", Some(&body));
        self.remember(&answer);
        answer
    }

    fn remember(&mut self, answer: &Response) {
        if answer.status == 200 {
            let cookie = answer.header("set-cookie").expect("a cookie");
            self.cookie = cookie.split(';').next().map(str::to_owned);
            self.csrf_token = answer.json()["csrf_token"].as_str().map(str::to_owned);
        }
    }

    /// Sends as a page of ours.
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        self.send_with(method, path, body, &[("sec-fetch-site", "same-origin")])
    }

    /// Sends with these headers besides cookie, token and content type.
    pub fn send_with(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Response {
        let mut all = headers.to_vec();
        if let Some(cookie) = &self.cookie {
            all.push(("cookie", cookie));
        }
        if let Some(token) = &self.csrf_token {
            all.push(("hannun-csrf", token));
        }
        let text = body.map(Value::to_string);
        if text.is_some() {
            all.push(("content-type", "application/json"));
        }
        let url = format!("{}{path}", self.base_url);
        let body = text.as_deref().map(str::as_bytes);
        self.client.request(method, &url, &all, body).expect("an answer")
    }

    /// The JSON of a successful answer.
    pub fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, None);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }
}
