/* page_style.c - see page_style.h. Dark on light; on a phone every row of a table
 * becomes a small card of its own, in print nothing scrolls and rows stay whole. */
#include "reports/page_style.h"

/* clang-format off */
static const char STYLE[] =
    ":root{--ink:#1b2430;--soft:#566173;--line:#dfe3ea;--paper:#fff;--ground:#f5f6f9;"
    "--fault:" COLOUR_FAULT ";--issue:" COLOUR_ISSUE ";--remedy:" COLOUR_REMEDY ";--warn:" COLOUR_ANOMALY "}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--ground);color:var(--ink);"
    "font:16px/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}\n"
    "header,main{max-width:1200px;margin:0 auto;padding:0 24px}\n"
    "header{padding-top:40px}\n"
    "h1{font-size:30px;line-height:1.2;margin:0 0 8px;letter-spacing:-.01em;overflow-wrap:anywhere}\n"
    ".lead{font-size:18px;color:var(--soft);margin:0 0 8px;max-width:70ch}\n"
    "section{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:24px;margin:20px 0}\n"
    "#overview{background:none;border:0;padding:0}\n"
    "#overview>h2{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\n"
    "h2{font-size:20px;margin:0 0 12px}\nh3{font-size:16px;margin:28px 0 8px;overflow-wrap:anywhere}\n"
    "p{margin:0 0 12px;max-width:80ch;overflow-wrap:anywhere}\n.note{color:var(--soft);font-size:14px}\n"
    ".warning{border-left:4px solid var(--warn);background:#fff7e6;padding:10px 14px;border-radius:6px}\n"
    ".cards{list-style:none;margin:16px 0;padding:0;display:grid;gap:14px;"
    "grid-template-columns:repeat(auto-fill,minmax(240px,1fr))}\n"
    ".card{background:var(--paper);border:1px solid var(--line);border-top:4px solid #9aa5b5;border-radius:10px;"
    "padding:14px 16px;display:flex;flex-direction:column}\n"
    ".card.fault,.card.bad{border-top-color:var(--fault)}.card.issue{border-top-color:var(--issue)}"
    ".card.remedy,.card.good{border-top-color:var(--remedy)}\n"
    ".card .label{font-size:13px;font-weight:600;color:var(--soft)}\n"
    ".card .value{font-size:28px;font-weight:700;line-height:1.25;font-variant-numeric:tabular-nums}\n"
    ".card .sub{font-size:13px;color:var(--soft)}\n"
    ".table{overflow-x:auto;margin:8px 0 16px}\n"
    "table{border-collapse:collapse;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;color:var(--soft);font-size:13px;padding:0 0 6px}\n"
    "th,td{padding:7px 8px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}\n"
    "thead th{font-size:12.5px;color:var(--soft);border-bottom:2px solid var(--line);overflow-wrap:normal}\n"
    "tbody th{font-weight:600;min-width:11em}\n.number{text-align:right;white-space:nowrap}"
    "thead .number{white-space:normal}\n"
    "tbody tr:last-child>*{border-bottom:0}\n"
    ".tag{display:inline-block;padding:1px 8px;border-radius:999px;font-size:12px;white-space:nowrap;"
    "border:1px solid;background:#fff}\n"
    ".tag.fault,.tag.bad{color:#a34700}.tag.issue{color:#005a8f}.tag.remedy,.tag.good{color:#00694d}\n"
    "figure{margin:8px 0 16px}\nfigcaption{font-weight:600;font-size:14px;overflow-wrap:anywhere}\n"
    ".legend{font-size:13px;color:var(--soft);margin:4px 0 6px;max-width:none}\n"
    ".legend span{display:inline-block;margin-right:16px}\n"
    ".legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px;vertical-align:-1px}\n"
    ".plot{overflow-x:auto}\n.plot svg{display:block;width:100%;min-width:640px;height:auto}\n"
    "dl{margin:0;display:grid;gap:10px 28px;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));"
    "font-size:14px}\ndt{font-weight:600}\ndd{margin:0;color:var(--soft)}\n";

static const char NARROW[] =
    "@media (max-width:640px){\n"
    "header,main{padding:0 14px}header{padding-top:24px}h1{font-size:24px}.lead{font-size:16px}\n"
    "section{padding:16px}.cards{grid-template-columns:1fr 1fr;gap:10px}.card{padding:12px}"
    ".card .value{font-size:21px}\n"
    "dl{grid-template-columns:1fr}\n"
    "thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\n"
    "table,caption,tbody,tr,th,td{display:block}\n"
    "tbody tr{border:1px solid var(--line);border-radius:8px;margin:0 0 10px;padding:6px 10px}\n"
    "tbody th,tbody td{border:0;padding:3px 0;text-align:right;white-space:normal;display:flex;gap:12px;"
    "justify-content:space-between}\n"
    "tbody th::before,tbody td::before{content:attr(data-label);color:var(--soft);font-weight:400;text-align:left;"
    "flex:none;max-width:45%}\n"
    "tbody th{display:block;text-align:left;min-width:0}tbody th::before{content:none}\n"
    ".plot svg{min-width:560px}\n}\n";

static const char PRINT[] =
    "@media print{\n@page{margin:14mm}\n"
    "body{background:#fff;font-size:10.5pt}header,main{max-width:none;padding:0}header{padding:0}\n"
    "section{border:0;border-radius:0;padding:0;margin:0 0 14pt}h2{border-bottom:1px solid var(--line)}\n"
    "h2,h3,figcaption,caption{break-after:avoid}figure,tr,.card,dl>div{break-inside:avoid}\n"
    ".cards{grid-template-columns:repeat(4,1fr);gap:8px}.card{padding:8px}.card .value{font-size:15pt}\n"
    "table{font-size:8.5pt}th,td{padding:3px 5px}.table,.plot{overflow:visible}.plot svg{min-width:0}\n"
    "thead{display:table-header-group}\n"
    ".tag,.card,.legend i,.warning{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n}\n";
/* clang-format on */

void page_style_write(FILE *out)
{
    fputs(STYLE, out);
    fputs(NARROW, out);
    fputs(PRINT, out);
}
