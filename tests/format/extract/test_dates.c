/* test_dates.c - dates as pages write them. */
#include "test.h"

#include "format/extract/dates.h"

static void check(const char *text, const char *want) {
    char got[SC_DATE_MAX];
    CHECK_INT(sc__date_find(got, text), *want != 0);
    CHECK_STR(got, want);
}

TEST(dates_iso, "format/extract/dates/iso") {
    check("2019-11-20", "2019-11-20");
    check(" 2019-11-20T08:30:15.123+0100", "2019-11-20T08:30:15+01:00");
    check("2019-11-20 08:30 UTC", "2019-11-20T08:30:00Z");
    check("2019-11-20T08:30:15-05:30", "2019-11-20T08:30:15-05:30");
    check("2019-11-20T08:30:15", "2019-11-20T08:30:15");
    check("2019/1/2", "2019-01-02");
    check("20191120", "2019-11-20");
    check("2019-11-20Tnoon", "2019-11-20");
    check("2019-11-20T25:00", "2019-11-20");
}

TEST(dates_words, "format/extract/dates/words") {
    check("Wed, 20 Nov 2019 08:30:00 GMT", "2019-11-20T08:30:00Z");
    check("November 20, 2019", "2019-11-20");
    check("Nov. 3rd, 2019", "2019-11-03");
    check("20 november 2019", "2019-11-20");
    check("1-Jan-2001", "2001-01-01");
}

TEST(dates_none, "format/extract/dates/none") {
    check("", "");
    check("yesterday", "");
    check("2019", "");
    check("2019-13-01", "");
    check("2019-02-30", "");
    check("0000-00-00", "");
    check("201911201", "");
    check("20 Nov", "");
    check("On the day of 20 Nov 2019", "");
}
