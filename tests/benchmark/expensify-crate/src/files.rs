//! The same expenses in the form each crate reads: a frame of lines, and one array.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// Expenses in each report.
const PER_REPORT: u64 = 10;

/// Name of the file with so many expenses, as each crate is served it.
pub fn name(rows: u64, ours: bool) -> String {
    format!("export-{}-{rows}.json", if ours { "lines" } else { "array" })
}

/// Writes both files.
pub fn write(folder: &Path, rows: u64) -> std::io::Result<()> {
    let create = |ours| File::create(folder.join(name(rows, ours))).map(BufWriter::new);
    let (mut lines, mut array) = (create(true)?, create(false)?);
    let reports = rows.div_ceil(PER_REPORT);
    writeln!(
        lines,
        r#"{{"k":"begin","v":{},"format":"ml-connector/export"}}"#,
        expensify_client::TEMPLATE_VERSION
    )?;
    write!(array, "[")?;
    for report in 0..reports {
        let first = report * PER_REPORT;
        let count = PER_REPORT.min(rows - first);
        writeln!(
            lines,
            r#"{{"k":"rep","i":"{report}","n":"{count}","reportID":"R00{report:09}","currency":"USD","total":"0","approvers":[]}}"#
        )?;
        for index in 0..count {
            let id = first + index;
            let fields = fields(id, report);
            writeln!(lines, r#"{{"k":"exp","r":"R00{report:09}","i":"{index}",{fields}}}"#)?;
            let comma = if id == 0 { "" } else { "," };
            write!(array, "{comma}{{{fields}}}")?;
        }
    }
    writeln!(lines, r#"{{"k":"end","reports":{reports},"expenses":{rows}}}"#)?;
    write!(array, "]")?;
    lines.flush()?;
    array.flush()
}

/// The amount of an expense, by which both are checked.
pub fn amount(id: u64) -> u64 {
    100 + id % 90_000
}

/// What all amounts come to.
pub fn total(rows: u64) -> u64 {
    (0..rows).map(amount).sum()
}

/// Forty fields, all of them filled.
fn fields(id: u64, report: u64) -> String {
    let amount = amount(id);
    format!(
        concat!(
            r#""transactionID":"40563430{id:011}","reportID":"R00{report:09}","type":"expense","#,
            r#""merchant":"Café Zentral","modifiedMerchant":"Café Zentral Nr. {id}","#,
            r#""amount":"{amount}","modifiedAmount":"{amount}","convertedAmount":"{amount}","currency":"USD","#,
            r#""currencyConversionRate":"1","created":"2026-07-03","modifiedCreated":"2026-07-03","#,
            r#""inserted":"2026-07-03 12:00:05","category":"Meals","categoryGlCode":"6400","#,
            r#""categoryPayrollCode":"P1","tag":"Engineering:Berlin","tagGlCode":"D10:B2","#,
            r#""ntag1":"Engineering","ntag1GlCode":"D10","ntag2":"Berlin","ntag2GlCode":"B2","#,
            r#""comment":"lunch with the \"platform\" team","billable":"false","reimbursable":"true","#,
            r#""bank":"American Express","mcc":"5812","modifiedMCC":"5814","hasTax":"true","taxAmount":"17","#,
            r#""modifiedTaxAmount":"17","taxName":"VAT","taxRateName":"Standard","taxCode":"V19","taxRate":"0.19","#,
            r#""receiptID":"987654321","receiptFilename":"w_0f1e2d3c.jpg","#,
            r#""receiptObject.url":"https://www.expensify.com/receipts/w_0f1e2d3c.jpg","#,
            r#""isDistance":"false","externalID":"ext-{id}""#,
        ),
        id = id,
        report = report,
        amount = amount,
    )
}
