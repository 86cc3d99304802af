<#-- ml-connector/export v1
One JSON object per line; every value is a string; absent and empty values are left out.
Every line break of this file stands inside a tag or a comment, except those that end a record,
so the output does not depend on white-space stripping.
--><#function text x
><#if x?is_boolean || x?is_number><#return x?c></#if
><#if x?is_date><#return x?string("yyyy-MM-dd HH:mm:ss")></#if
><#if x?is_string><#return x></#if
><#return ""></#function
><#function sub x n
><#if x?is_hash><#return (x[n])!""></#if
><#return ""></#function
><#function seq x
><#if x?is_sequence || x?is_collection><#return x></#if
><#return []></#function
><#function keys x
><#if x?is_hash_ex><#return x?keys></#if
><#return fieldNames></#function
><#macro put k v
><#local t = text(v)
><#if t?has_content>,"${k?json_string}":"${t?json_string}"</#if
></#macro
><#assign fieldNames = []
><#assign reportCount = 0
><#assign expenseCount = 0
>{"k":"begin","v":1,"format":"ml-connector/export"}
<#list reports as report
><#assign reportID = text((report.reportID)!"")
><#assign expenses = seq((report.transactionList)!"")
>{"k":"rep","i":"${reportCount?c}"<#if expenses?is_sequence>,"n":"${expenses?size?c}"</#if
><#list ["reportID", "oldReportID", "reportName", "status", "displayStatus", "state", "stateNum",
  "policyID", "policyName", "currency", "total", "created", "submitted", "approved", "reimbursed",
  "isACHReimbursed", "entryID", "accountEmail", "accountID", "employeeCustomField1",
  "employeeCustomField2", "managerEmail", "managerUserID", "managerPayrollID"] as name
><@put name, (report[name])!"" /></#list
><#list ["firstName", "lastName", "fullName"] as name
><@put "submitter." + name, sub((report.submitter)!"", name) /></#list
><#list ["firstName", "lastName", "fullName"] as name
><@put "manager." + name, sub((report.manager)!"", name) /></#list
><#assign fields = (report.customField)!""
><#list keys(fields) as name
><@put "customField." + name, sub(fields, name) /></#list
>,"approvers":[<#list seq((report.approvers)!"") as approver
><#if approver_index != 0>,</#if>{"i":"${approver_index?c}"<#list
  ["email", "date", "firstName", "lastName", "fullName", "employeeUserID", "employeePayrollID"] as name
><@put name, sub(approver, name) /></#list
>}</#list>],"history":[<#list seq((report.actionList)!"") as action
><#if action_index != 0>,</#if>{"i":"${action_index?c}"<#list
  ["action", "accountEmail", "actorEmail", "created", "message"] as name
><@put name, sub(action, name) /></#list
><#assign details = sub(action, "details")
><#list ["message", "expectedDate"] as name
><@put "details." + name, sub(details, name) /></#list
>}</#list>]}
<#list expenses as expense
>{"k":"exp","r":"${reportID?json_string}","i":"${expense_index?c}"<#list
  ["transactionID", "reportID", "type", "merchant", "modifiedMerchant", "amount", "modifiedAmount",
  "convertedAmount", "currency", "currencyConversionRate", "created", "modifiedCreated", "inserted",
  "category", "categoryGlCode", "categoryPayrollCode", "tag", "tagGlCode",
  "ntag1", "ntag1GlCode", "ntag2", "ntag2GlCode", "ntag3", "ntag3GlCode", "ntag4", "ntag4GlCode",
  "ntag5", "ntag5GlCode", "ntag6", "ntag6GlCode", "ntag7", "ntag7GlCode", "ntag8", "ntag8GlCode",
  "ntag9", "ntag9GlCode", "ntag10", "ntag10GlCode",
  "comment", "billable", "reimbursable", "bank", "mcc", "modifiedMCC",
  "hasTax", "taxAmount", "modifiedTaxAmount", "taxName", "taxRateName", "taxCode", "taxRate",
  "receiptID", "receiptFilename", "isDistance",
  "cardID", "cardName", "cardNumber", "posted", "externalID"] as name
><@put name, (expense[name])!"" /></#list
><@put "receiptObject.url", sub((expense.receiptObject)!"", "url")
/><#list ["count", "rate", "unit", "name"] as name
><@put "units." + name, sub((expense.units)!"", name) /></#list
><@put "nameValuePairs.source", sub((expense.nameValuePairs)!"", "source")
/>}
<#assign expenseCount = expenseCount + 1
></#list
><#assign reportCount = reportCount + 1
></#list
>{"k":"end","reports":${reportCount?c},"expenses":${expenseCount?c}}
