//! How fast the sandbox takes POSTs. Run it with
//! `cargo test --release -p sync-sandbox --test throughput -- --ignored --nocapture`.

mod support;

use std::time::Instant;

use reqwest::Client;
use support::{bill, expense, get, start};

const POSTS: usize = 20_000;
const CLIENTS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; asserts no time"]
async fn posts_per_second() {
    let sandbox = start().await;
    for (path, make) in [("bills/bills", true), ("expenses/expenses", false)] {
        let url = format!(
            "{}/accounting/account/zDmNq/{path}",
            sandbox.freshbooks_url()
        );
        let began = Instant::now();
        let tasks: Vec<_> = (0..CLIENTS)
            .map(|task| {
                let url = url.clone();
                tokio::spawn(async move {
                    let client = Client::new();
                    for index in 0..POSTS / CLIENTS {
                        let body = if make {
                            bill(&format!("EXP-{task}-{index}"), "10")
                        } else {
                            expense("2026-07-01", "10")
                        };
                        let answer = client
                            .post(&url)
                            .bearer_auth("sandbox-access-token")
                            .json(&body)
                            .send()
                            .await
                            .unwrap();
                        assert_eq!(answer.status(), 200);
                        answer.bytes().await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        println!(
            "{path}: {POSTS} POSTs in {:?}, client included",
            began.elapsed()
        );
    }
    let began = Instant::now();
    let query = "/accounting/account/zDmNq/bills/bills?search[vendorid]=501&search[issue_date_min]=2026-07-01&per_page=100&page=100";
    let (_, body) = get(&sandbox, query).await;
    println!(
        "page 100 of {} bills in {:?}",
        body["response"]["result"]["total"],
        began.elapsed()
    );
}
