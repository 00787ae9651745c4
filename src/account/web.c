/* web.c - the frame and the look of report.html. */
#include "account/web.h"

#include <string.h>

static const char style[] =
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<style>\n"
    ":root{--back:#f6f6f3;--card:#fff;--text:#1c1e21;--soft:#666b73;--grid:#e7e7e3;--edge:#dcdcd6;"
    "--line:#1f5fd6;--held:#d1480a;--good:#1a7f4b;--warn:#a15c00;--bad:#c02626}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#121417;--card:#1b1e23;--text:#e6e7e9;"
    "--soft:#9aa1ab;--grid:#2b3037;--edge:#30353d;--line:#6ea8ff;--held:#ff9a5c;--good:#4cc38a;"
    "--warn:#e2a03f;--bad:#ff7b72}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:1000px;padding:28px 24px 40px;"
    "background:var(--back);color:var(--text);"
    "font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}\n"
    "h1{font-size:26px;line-height:1.25;margin:0 0 6px;font-weight:650}"
    "h2{font-size:17px;margin:30px 0 "
    "10px}h3{font-size:13px;margin:0;color:var(--soft);overflow-wrap:anywhere}\n"
    "header p{margin:0;color:var(--soft)}.state{font-size:13px;font-weight:600;padding:3px 10px;"
    "border-radius:12px;color:#fff;vertical-align:4px;background:var(--line)}"
    ".state.done{background:var(--good)}.state.interrupted{background:var(--warn)}"
    ".state.failed{background:var(--bad)}\n"
    "@media(prefers-color-scheme:dark){.state{color:#111}}\n"
    ".why{border-left:3px solid var(--bad);padding:4px 12px;margin:14px 0}\n"
    ".bar{height:8px;border-radius:4px;background:var(--grid);margin:20px 0 6px;overflow:hidden}"
    ".bar div{height:100%;background:var(--line)}.bar .done{background:var(--good)}"
    ".bar .interrupted{background:var(--warn)}.bar .failed{background:var(--bad)}\n"
    ".progress{display:flex;justify-content:space-between;gap:12px;margin:0;color:var(--soft);"
    "font-variant-numeric:tabular-nums}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:12px;"
    "margin:20px 0 12px}.tiles div,figure,article,.recipe,table{background:var(--card);"
    "border:1px solid var(--edge);border-radius:10px}\n"
    ".tiles div{padding:12px 16px}.tiles span,.tiles small{display:block;color:var(--soft);"
    "font-size:13px}.tiles b{font-size:25px;font-weight:600;line-height:1.3;"
    "font-variant-numeric:tabular-nums}\n"
    ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(270px,1fr));gap:12px}"
    ".wide{grid-column:1/-1}figure{margin:0;padding:12px 12px 4px}svg{display:block;width:100%;"
    "height:auto}\nfigcaption{padding:0 4px 6px}.unit{color:var(--soft);font-size:13px}"
    ".key{float:right;margin-left:18px;font-size:13px;color:var(--soft)}"
    ".key:before{content:\"\";display:inline-block;width:16px;height:3px;border-radius:2px;"
    "margin-right:6px;vertical-align:4px;background:var(--line)}"
    ".raw-key:before{opacity:.35}.held-key:before{background:var(--held)}\n"
    ".tick{font-size:12px;fill:var(--soft);font-variant-numeric:tabular-nums}"
    ".end{text-anchor:end}.mid{text-anchor:middle}.grid{stroke:var(--grid)}"
    ".axis,.mark{stroke:var(--soft);opacity:.6}\n"
    "polyline{fill:none;stroke-linejoin:round}.line{stroke:var(--line);stroke-width:2}"
    ".raw{stroke:var(--line);stroke-width:1;opacity:.35}"
    ".band{fill:var(--line);opacity:.13}.held{stroke:var(--held);stroke-width:1.5}"
    ".dot{fill:var(--line)}.dot.held{fill:var(--held)}"
    ".reference{stroke:var(--soft);stroke-dasharray:4 4;opacity:.8}\n"
    "pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;"
    "font:13px/1.5 ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace}\n"
    "article{padding:10px 16px 12px;margin:0 0 10px}article pre{margin-top:4px}"
    ".prompt{color:var(--line);font-weight:600}.recipe{padding:14px 16px}\n"
    "table{border-collapse:separate;border-spacing:0;width:100%;padding:8px 16px}"
    "th{text-align:left;font-weight:400;color:var(--soft);padding:3px 24px 3px 0;"
    "white-space:nowrap;vertical-align:top}td{padding:3px 0;width:100%}\n"
    "details{margin:0 0 8px}summary{cursor:pointer;padding:4px 0}mark{background:var(--warn);"
    "color:#fff;border-radius:3px}td.n,th.n{text-align:right;width:auto;padding:3px 24px 3px 0;"
    "font-variant-numeric:tabular-nums;white-space:nowrap}.bars rect{fill:var(--line)}"
    ".bars .gone{fill:var(--held)}"
    "footer{margin-top:28px;color:var(--soft);font-size:13px}\n"
    "@media(max-width:640px){body{padding:16px 12px}.progress{display:block}"
    ".progress span{display:block}.charts{grid-template-columns:1fr}}\n"
    "@media print{body{max-width:none}}\n"
    "</style></head><body>\n";

void sc__web_text(sc_buffer *b, const char *text, size_t n) {
    for (size_t i = 0; i < n && text[i]; i++) {
        const char c = text[i];
        if (c == '&')
            sc__buffer_puts(b, "&amp;");
        else if (c == '<')
            sc__buffer_puts(b, "&lt;");
        else if (c == '>')
            sc__buffer_puts(b, "&gt;");
        else if (((unsigned char)c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
            sc__buffer_puts(b, "\xEF\xBF\xBD");
        else
            sc__buffer_putc(b, c);
    }
}

void sc__web_puts(sc_buffer *b, const char *text) { sc__web_text(b, text, strlen(text)); }

void sc__web_begin(sc_buffer *b, const char *title, int refresh) {
    sc__buffer_puts(b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    if (refresh) sc__buffer_printf(b, "<meta http-equiv=\"refresh\" content=\"%d\">\n", refresh);
    sc__buffer_puts(b, "<title>");
    sc__web_puts(b, title);
    sc__buffer_puts(b, "</title>\n");
    sc__buffer_puts(b, style);
}

void sc__web_end(sc_buffer *b, const char *footer) {
    sc__buffer_puts(b, "<footer>");
    sc__web_puts(b, footer);
    sc__buffer_puts(b, "</footer>\n</body></html>\n");
}
