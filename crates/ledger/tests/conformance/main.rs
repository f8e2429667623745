//! What every ledger promises, held against SQLite and against a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod apply;
mod documents;
mod keys;
mod people;
#[path = "../../../database/tests/support/postgres.rs"]
mod postgres;
mod sessions;

use hannun_database::sqlite_url;
use hannun_ledger::{
    Actor, DISPLAY_SETTINGS, KindRegistry, Ledger, Role, SAVED_VIEW, SignIn, User,
};
use postgres::Postgres;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const START_MS: i64 = 1_772_323_200_000;
const DAY_MS: i64 = 24 * 3_600_000;
const PASSWORD: &str = "correct horse";

/// A ledger whose clock the test sets.
#[derive(Clone)]
struct Place {
    url: String,
    now_ms: Arc<AtomicI64>,
    ledger: Ledger,
}

impl Place {
    async fn open(url: String) -> Self {
        let now_ms = Arc::new(AtomicI64::new(START_MS));
        let ledger = open_ledger(&url, &now_ms).await;
        Self { url, now_ms, ledger }
    }

    /// A second node on the same database, with the same clock.
    async fn second_node(&self) -> Ledger {
        open_ledger(&self.url, &self.now_ms).await
    }

    fn pass(&self, milliseconds: i64) {
        self.now_ms.fetch_add(milliseconds, Ordering::Relaxed);
    }

    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    /// The first owner, by his link.
    async fn owner(&self) -> (Actor, SignIn) {
        let link = self.ledger.new_owner_link().await.unwrap();
        let sign_in = self.ledger.redeem_link(&link.token, Some("Kim"), PASSWORD).await.unwrap();
        (sign_in.session.actor(), sign_in)
    }

    async fn person(&self, owner: &Actor, name: &str, role: Role) -> (User, SignIn) {
        let (user, link) = self.ledger.invite(owner, name, role).await.unwrap();
        let sign_in = self.ledger.redeem_link(&link.token, None, PASSWORD).await.unwrap();
        (user, sign_in)
    }

    /// Actions and subjects of the audit trail, oldest first.
    async fn trail(&self) -> Vec<(String, String)> {
        let entries = self.ledger.audit(&Actor::local_owner(), None, 500).await.unwrap();
        entries.into_iter().rev().map(|entry| (entry.action, entry.subject)).collect()
    }
}

async fn open_ledger(url: &str, now_ms: &Arc<AtomicI64>) -> Ledger {
    let kinds = KindRegistry::new([SAVED_VIEW, DISPLAY_SETTINGS]).unwrap();
    let now_ms = now_ms.clone();
    let clock = Arc::new(move || now_ms.load(Ordering::Relaxed));
    Ledger::open_with_clock(url, kinds, clock).await.unwrap()
}

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn actor(name: &str, role: Role) -> Actor {
    Actor { name: name.to_owned(), user_id: None, role }
}

/// Runs every promise, each on a ledger of its own.
async fn suite(fresh: impl AsyncFn(&'static str) -> String) {
    let place = async |name| Place::open(fresh(name).await).await;
    people::the_first_owner_comes_by_a_link(place("owner_link").await).await;
    people::a_link_works_once_and_not_for_ever(place("link").await).await;
    people::an_invitation_lets_in_and_may_be_renamed(place("invitation").await).await;
    people::a_reset_ends_the_sessions_before(place("reset").await).await;
    people::names_are_unique_whatever_their_case(place("names").await).await;
    people::the_last_owner_stays(place("last_owner").await).await;
    people::of_two_owners_who_demote_each_other_one_stays(place("two_owners").await).await;
    people::disabling_ends_sessions_links_and_keys(place("disabling").await).await;
    people::only_owners_decide_about_people(place("roles").await).await;
    sessions::a_session_ends_idle_and_absolutely(place("session").await).await;
    sessions::uses_are_noted_at_most_once_a_minute(place("touch").await).await;
    sessions::the_oldest_session_gives_way(place("sessions_max").await).await;
    sessions::signing_out_ends_one_session(place("sign_out").await).await;
    sessions::the_csrf_token_belongs_to_its_session(place("csrf").await).await;
    sessions::fifty_wrong_passwords_stop_their_address_only(place("attempts").await).await;
    sessions::a_new_password_ends_the_other_sessions(place("password").await).await;
    keys::an_api_key_acts_until_it_expires_or_is_revoked(place("api_key").await).await;
    keys::intake_keys_are_checked_without_the_database(place("intake_keys").await).await;
    keys::a_key_that_makes_no_sense_is_refused(place("odd_keys").await).await;
    documents::every_revision_is_kept(place("revisions").await).await;
    documents::of_two_writers_one_wins(place("race").await).await;
    documents::an_unchanged_body_adds_no_revision(place("unchanged").await).await;
    documents::a_deleted_document_can_be_restored(place("restore").await).await;
    documents::faults_are_told_and_nothing_is_kept(place("faults").await).await;
    documents::own_settings_are_everybodys_business_of_his_own(place("own").await).await;
    documents::the_audit_trail_is_paged(place("audit").await).await;
    documents::what_is_kept_of_the_audit_trail_is_limited(place("trimmed").await).await;
    documents::the_documents_of_a_kind_are_limited(place("kind_limit").await).await;
    apply::a_plan_says_what_applying_does_and_twice_changes_nothing(place("apply").await).await;
    apply::pruning_deletes_only_what_the_source_applied(place("prune").await).await;
    apply::drift_says_who_and_when(place("drift").await).await;
    apply::all_or_nothing_with_every_fault(place("all_or_nothing").await).await;
    apply::sources_do_not_take_from_each_other(place("sources").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    suite(async |name| sqlite_url(&folder.path().join(format!("{name} 원장.sqlite")))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_keeps_every_promise() {
    let Some(server) = Postgres::start().await else { return };
    suite(async |name| server.create_database(name).await).await;
}
