<#-- ml-connector/ack v1
The IDs of the reports a second export has marked, in the frame of the export template.
--><#function text x
><#if x?is_boolean || x?is_number><#return x?c></#if
><#if x?is_string><#return x></#if
><#return ""></#function
><#assign reportCount = 0
>{"k":"begin","v":1,"format":"ml-connector/ack"}
<#list reports as report
>{"k":"rep","i":"${reportCount?c}","reportID":"${text((report.reportID)!"")?json_string}"}
<#assign reportCount = reportCount + 1
></#list
>{"k":"end","reports":${reportCount?c},"expenses":0}
