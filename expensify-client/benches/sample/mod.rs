//! An export of any size, made line by line, with the fields of an everyday expense.

use std::fmt::Write as _;

/// Expenses in each report.
pub const EXPENSES_PER_REPORT: u64 = 10;

/// Bytes of an export with so many reports, a report at a time.
pub fn export(reports: u64) -> impl Iterator<Item = String> {
    let begin = "{\"k\":\"begin\",\"v\":1,\"format\":\"ml-connector/export\"}\n".to_owned();
    let expenses = reports * EXPENSES_PER_REPORT;
    let end = format!("{{\"k\":\"end\",\"reports\":{reports},\"expenses\":{expenses}}}\n");
    std::iter::once(begin)
        .chain((0..reports).map(report))
        .chain(std::iter::once(end))
}

fn report(index: u64) -> String {
    let mut text = String::with_capacity(10_000);
    let _ = writeln!(
        text,
        concat!(
            r#"{{"k":"rep","i":"{index}","n":"{count}","reportID":"R00{index:09}","oldReportID":"40563430{index:011}","#,
            r#""reportName":"Trip to \"Berlin\" {index}","status":"Approved","displayStatus":"Approved","#,
            r#""policyID":"0A1B2C3D4E5F6071","policyName":"Acme Inc.","currency":"USD","total":"123450","#,
            r#""created":"2026-07-01 08:15:30","submitted":"2026-07-09 17:00:01","approved":"2026-07-10 09:30:00","#,
            r#""isACHReimbursed":"false","accountEmail":"maria.silva@acme.test","accountID":"12345678","#,
            r#""employeeCustomField1":"E-17","managerEmail":"boss@acme.test","submitter.firstName":"Maria","#,
            r#""submitter.lastName":"Silva","submitter.fullName":"Maria Silva","customField.Project":"Apollo","#,
            r#""approvers":[{{"i":"0","email":"boss@acme.test","date":"2026-07-10 09:30:00","fullName":"Bo Ss"}}]}}"#,
        ),
        index = index,
        count = EXPENSES_PER_REPORT,
    );
    for expense in 0..EXPENSES_PER_REPORT {
        let id = index * EXPENSES_PER_REPORT + expense;
        let _ = writeln!(
            text,
            concat!(
                r#"{{"k":"exp","r":"R00{index:09}","i":"{expense}","transactionID":"40563430{id:011}","#,
                r#""reportID":"R00{index:09}","type":"expense","merchant":"Café Zentral Nr. {id}","#,
                r#""amount":"{amount}","convertedAmount":"{amount}","currency":"USD","#,
                r#""currencyConversionRate":"1","created":"2026-07-03","inserted":"2026-07-03 12:00:05","#,
                r#""category":"Meals","categoryGlCode":"6400","tag":"Engineering","tagGlCode":"D10","#,
                r#""ntag1":"Engineering","ntag1GlCode":"D10","comment":"lunch with the \"platform\" team","#,
                r#""billable":"false","reimbursable":"true","mcc":"0","hasTax":"false","receiptID":"987654321","#,
                r#""receiptFilename":"w_0f1e2d3c.jpg","isDistance":"false","#,
                r#""receiptObject.url":"https://www.expensify.com/receipts/w_0f1e2d3c.jpg"}}"#,
            ),
            index = index,
            expense = expense,
            id = id,
            amount = 100 + id % 90_000,
        );
    }
    text
}
