/* test_licence.c - addresses as SPDX expressions. */
#include "test.h"

#include "format/extract/licence.h"

static void check(const char *url, const char *want) {
    char got[SC_LICENCE_MAX];
    CHECK_INT(sc__licence_find(got, url), *want != 0);
    CHECK_STR(got, want);
}

TEST(licence_cc, "format/extract/licence/creative-commons") {
    check("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0");
    check("http://www.creativecommons.org/licenses/by-nc-sa/3.0", "CC-BY-NC-SA-3.0");
    check("//creativecommons.org/licenses/by-nd-nc/1.0/legalcode", "CC-BY-NC-ND-1.0");
    check("https://creativecommons.org/licenses/by-sa/3.0/de/deed.de", "CC-BY-SA-3.0-DE");
    check("https://creativecommons.org/licenses/by/3.0/fr/", "LicenseRef-CC-BY-3.0-FR");
    check("https://creativecommons.org/licenses/sa/1.0/", "LicenseRef-CC-SA-1.0");
    check("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0");
    check(" HTTPS://CreativeCommons.org/PublicDomain/mark/1.0/", "CC-PDM-1.0");
    check("https://creativecommons.org/licenses/by-xx/4.0/", "");
    check("https://creativecommons.org/licenses/by/x/", "");
    check("https://creativecommons.org/licenses/by", "");
    check("https://creativecommons.org/licenses/", "");
    check("https://creativecommons.org/about/", "");
}

TEST(licence_others, "format/extract/licence/others") {
    check("https://opensource.org/licenses/MIT", "MIT");
    check("http://www.gnu.org/licenses/fdl-1.3.html", "GFDL-1.3-or-later");
    check("https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0");
    check("https://example.org/licence", "");
    check("", "");
}
