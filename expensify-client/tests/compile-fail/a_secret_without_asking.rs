use expensify_client::{Credentials, FormBody, SftpServer};
use secrecy::SecretString;

fn misuse(credentials: Credentials, body: FormBody, server: SftpServer) {
    let _ = credentials.to_string(); //~ E0599
    let _ = body.to_string(); //~ E0599
    let _: String = server.password; //~ E0308
    let _ = Credentials::new("id", SecretString::from("secret")); //~ E0308
}

fn main() {
    let _ = misuse;
}
