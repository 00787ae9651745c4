/* test_pii.c - personal data in texts: what is found, what only looks like it. */
#include "say.h"

/* What is found in the text: "email:a@b.example phone:..." in the order of the places. */
static void check_found(sayer *s, const char *text, const char *want) {
    sc_buffer got = SC_BUFFER_INIT;
    sayer_run(s, text, NULL);
    const sc_tags *t = &s->worker->tags;
    sc__buffer_puts(&got, "");
    for (int64_t i = 0; i < t->n; i++)
        sc__buffer_printf(&got, "%s%s%s:%.*s", i ? "|" : "",
                          strstr(t->names[t->at[i].attribute], "__") + 2,
                          t->at[i].value > 0 ? "" : "?", (int)(t->at[i].end - t->at[i].start),
                          text + t->at[i].start);
    CHECK_STR(got.data, want);
    sc__buffer_deinit(&got);
}

typedef struct {
    const char *text, *found;
} example;

static void check_all(const char *tagger, const example *examples, int n) {
    sayer s;
    sayer_open(&s, tagger, NULL);
    for (int i = 0; i < n; i++) check_found(&s, examples[i].text, examples[i].found);
    sayer_close(&s);
}
#define EXAMPLES(tagger, ...)                                                                      \
    check_all(tagger, (const example[]){__VA_ARGS__}, SC_LEN(((const example[]){__VA_ARGS__})))

TEST(pii_email, "stage/curation/tag/pii/email") {
    EXAMPLES("pii", {"Write to Jane.Doe+x@mail.example.org.", "email:Jane.Doe+x@mail.example.org"},
             {"<o'neil_1@x-y.co.uk>", "email:o'neil_1@x-y.co.uk"},
             {"mailto:a@b.com?subject=x", "email:a@b.com"}, {"메일은a@b.kr로", "email:a@b.kr"},
             {"010-1234-5678@x.com", "email:010-1234-5678@x.com"},
             {"a@xn--fiq228c.xn--55qx5d", "email:a@xn--fiq228c.xn--55qx5d"},
             {"icon@2x.png a@b a@b.c @name a..b@c", ""}, {"x@1.2.3", ""}, {".@b.com", ""},
             {"a@-b.com", ""}, {"a@", ""}, {"a@b.com@c.org", "email:a@b.com"});
}

TEST(pii_email_sizes, "stage/curation/tag/pii/email_sizes") {
    sayer s;
    char text[400];
    sayer_open(&s, "pii", NULL);
    for (int n = 60; n < 70; n++) {
        memset(text, 'a', sizeof text);
        strcpy(text + n, "@b.com");
        sayer_run(&s, text, NULL);
        CHECK_INT(s.worker->tags.n, n <= 64);
        memset(text, 'a', sizeof text);
        memcpy(text, "x@", 2);
        strcpy(text + 2 + n, ".com"); /* a label */
        sayer_run(&s, text, NULL);
        CHECK_INT(s.worker->tags.n, n <= 63);
    }
    sayer_close(&s);
}

TEST(pii_ip, "stage/curation/tag/pii/ip") {
    EXAMPLES("pii", {"from 8.8.4.20, port", "ipv4:8.8.4.20"},
             {"Version 19.3.2.1", "ipv4?:19.3.2.1"},
             {"10.0.0.1 192.168.0.1 172.16.0.1 172.32.0.1",
              "ipv4?:10.0.0.1|ipv4?:192.168.0.1|ipv4?:172.16.0.1|ipv4:172.32.0.1"},
             {"1.2.3.4.5 v1.2.3.4 256.1.1.1 1.2.3 01.2.3.4 1.2.3.4a", ""},
             {"at 2600:1f18::a1b2:3.", "ipv6:2600:1f18::a1b2:3"},
             {"[2606:4700:4700:0:0:0:0:1111]:443", "ipv6:2606:4700:4700:0:0:0:0:1111"},
             {"fe80::a:1:2 2001:db8::1", "ipv6?:fe80::a:1:2|ipv6?:2001:db8::1"},
             {"12:34:56 std::vector a::b 1:2:3:4:5:6:7:8:9 dead:beef", ""});
}

TEST(pii_accounts, "stage/curation/tag/pii/accounts") {
    EXAMPLES("pii", {"IBAN GB82 WEST 1234 5698 7654 32 AND", "iban:GB82 WEST 1234 5698 7654 32"},
             {"DE89370400440532013000", "iban:DE89370400440532013000"},
             {"DE88370400440532013000", ""}, {"XX89370400440532013000", ""},
             {"DE8937040044053201300", ""},
             {"card 4111 1111 1111 1111!", "card:4111 1111 1111 1111"},
             {"378282246310005", "card:378282246310005"},
             {"3782-822463-10005", "card:3782-822463-10005"}, {"4111 1111 1111 1112", ""},
             {"1111111111111117", ""}, {"4111.1111.1111.1111", ""}, {"0.4111111111111111", ""});
}

TEST(pii_persons, "stage/curation/tag/pii/persons") {
    EXAMPLES("pii", {"주민번호 900101-1234568", "kr_rrn:900101-1234568"},
             {"9001011234568", "kr_rrn:9001011234568"}, {"900101-1234567", ""},
             {"851231-5234564", "kr_rrn:851231-5234564"}, {"851231-5234560", ""},
             {"210405-3123456", "kr_rrn:210405-3123456"}, /* no check digit any more */
             {"901301-1234568", ""}, {"身份证11010519491231002X。", "cn_id:11010519491231002X"},
             {"440308199901101512", "cn_id:440308199901101512"},
             {"440308196406195589", "cn_id:440308196406195589"},
             /* Luhn's sum is right, too */ {"440308199901101513", ""}, {"990308199901101512", ""},
             {"SSN 123-45-6789.", "us_ssn:123-45-6789"},
             {"000-45-6789 666-45-6789 900-45-6789 123-00-6789 123-45-0000", ""},
             {"123-45-6789-0", ""}, {"9-123-45-6789", ""}, {"123 45 6789", ""});
}

TEST(pii_phone, "stage/curation/tag/pii/phone") {
    EXAMPLES("pii", {"+1 (555) 123-4567", "phone:+1 (555) 123-4567"},
             {"+82 10-1234-5678 20", "phone:+82 10-1234-5678"},
             {"+4930123456", "phone:+4930123456"}, {"+1 2", ""}, {"+1234567890123456", ""},
             {"a+12345678", ""}, {"(212) 555-0123", "phone:(212) 555-0123"},
             {"(02) 1234-5678", "phone:(02) 1234-5678"},
             {"call 212-555-0123 or 1-212.555.0123", "phone:212-555-0123"},
             {"212.555.0123", "phone:212.555.0123"}, {"112-555-0123", ""},
             {"010-1234-5678", "phone:010-1234-5678"}, {"01012345678", "phone:01012345678"},
             {"02-123-4567", "phone:02-123-4567"}, {"13812345678", "phone:13812345678"},
             {"01 23 45 67 89", "phone:01 23 45 67 89"}, {"03-1234-5678", "phone:03-1234-5678"},
             {"2020-01-02 10:00:00", ""}, {"01.02.2003", ""}, {"1,234,567,890", ""},
             {"12345678901", ""}, {"(1990) 12-34", ""});
}

TEST(pii_secrets, "stage/curation/tag/pii/secrets") {
    EXAMPLES(
        "secrets",
        {"id AKIA"
         "ABCDEFGHIJ234567 x",
         "aws_key:AKIAABCDEFGHIJ234567"},
        {"AKIA"
         "ABCDEFGHIJ23456 AKIAabcdefghij234567",
         ""},
        {"ghp_"
         "abcdefghijklmnopqrstuvwxyz0123456789",
         "github_token:ghp_abcdefghijklmnopqrstuvwxyz0123456789"},
        {"xoxb-"
         "1234567890-abc",
         "slack_token:xoxb-1234567890-abc"},
        {"AIza"
         "abcdefghijklmnopqrstuvwxyz012345678",
         "google_key:AIzaabcdefghijklmnopqrstuvwxyz012345678"},
        {"hf_"
         "abcdefghijklmnopqrstuvwxyzabcdefgh",
         "hugging_face_token:hf_abcdefghijklmnopqrstuvwxyzabcdefgh"},
        {"pypi-"
         "AgEabcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnop",
         "pypi_token:pypi-AgEabcdefghijklmnopqrstuvwxyz0123456789-abcdefghijklmnop"},
        {"sk-"
         "proj-abcdefghijklmnopqrstuvwxyz0123456789-_AB sk-learn sk-project",
         "openai_key:sk-proj-abcdefghijklmnopqrstuvwxyz0123456789-_AB"},
        {"dop_"
         "v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         "digitalocean_token:dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
         "abcdef"},
        {"eyJ"
         "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.abcdefghijk_-",
         "jwt:eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.abcdefghijk_-"},
        {"eyJ"
         "hbGciOiJIUzI1NiJ9.abc",
         ""},
        {"password = hunter22", "password:hunter22"}, {"\"db_password\": \"correct horse\"", ""},
        {"DB_PASSWORD='s3cr.t!'", "password:s3cr.t!"}, {"password: required", ""},
        {"password == hunter22", ""}, {"password=${PASS_WORD1}", ""},
        {"password='your-password1'", ""}, {"api_key := \"abcdef\"", "password:abcdef"},
        {"token => 'ghp_"
         "abcdefghijklmnopqrstuvwxyz0123456789'",
         "github_token:ghp_abcdefghijklmnopqrstuvwxyz0123456789"},
        {"postgres://me:hunter22@db.example/x", "password:hunter22"},
        {"http://a.example:80/x@y", ""},
        {"key=0123456789abcdef0123456789abcdef", "high_entropy:0123456789abcdef0123456789abcdef"},
        {"blob = aB3dE5gH7jK9mN1pQ2sT4vW6yZ8", "high_entropy:aB3dE5gH7jK9mN1pQ2sT4vW6yZ8"},
        {"name = aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""}, {"=", ""}, {":", ""}, {"a=", ""});
}

#define BEGIN_KEY                                                                                  \
    "-----BEGIN RSA "                                                                              \
    "PRIVATE KEY-----"

TEST(pii_private_key, "stage/curation/tag/pii/private_key") {
    EXAMPLES("secrets",
             {"x\n" BEGIN_KEY "\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\ny",
              "private_key:" BEGIN_KEY "\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----"},
             {BEGIN_KEY "\nMIIE\nabc=\n\n(cut)", "private_key:" BEGIN_KEY "\nMIIE\nabc="},
             {"-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----", ""},
             {BEGIN_KEY, "private_key:" BEGIN_KEY}, {"-----BEGIN ", ""});
}

/* Any bytes, and a long line of what nearly is something: neither reads outside nor takes long. */
TEST(pii_odd, "stage/curation/tag/pii/odd") {
    static const char signs[] = "01459@.:-+() AZaef'=/%_\"x";
    static char text[60001];
    static const char *const near[] = {"eyJ-", "a.", "0-", "-----BEGIN PRIVATE KEY",
                                       "a@",   "a:", "::"};
    for (int k = 0; k < 2; k++) {
        sayer s;
        sayer_open(&s, k ? "secrets" : "pii", NULL);
        uint64_t x = test_seed();
        for (int round = 0; round < 300; round++) {
            char small[41] = {0};
            for (int i = 0; i < 40; i++) {
                x = x * 6364136223846793005u + 1442695040888963407u;
                small[i] = signs[(x >> 33) % (sizeof signs - 1)];
            }
            sayer_run(&s, small, NULL);
        }
        for (int i = 0; i < SC_LEN(near); i++) {
            const size_t n = strlen(near[i]);
            for (size_t at = 0; at < sizeof text - 1; at++) text[at] = near[i][at % n];
            sayer_run(&s, text, NULL);
        }
        sayer_close(&s);
    }
}

static sc_status redact(void *arg) {
    const char *const *settings = arg;
    static const char text[] = "\nMail a@b.com or +4930123456.\n";
    const char *sets[] = {"pii"};
    const sc_rules_options o = {
        .sets = sets, .n_sets = 1, .settings = settings, .n_settings = settings[0] ? 1 : 0};
    sc_rules *r = NULL;
    sc_tags tags;
    sc_judge *j = NULL;
    sc_verdict v;
    sc_buffer out = SC_BUFFER_INIT;
    sc__tags_init(&tags, NULL);
    sc__tags_clear(&tags, (sc_slice){text, strlen(text)});
    sc_status s = sc__rules_open(&r, &o);
    if (s >= 0) s = sc__judge_open(&j, r, &tags);
    if (s >= 0) {
        sc__tags_add(&tags, sc__tags_find(&tags, "pii__email"), 6, 13, 1);
        sc__tags_add(&tags, sc__tags_find(&tags, "pii__ipv4"), 6, 13, 0); /* not public */
        sc__tags_add(&tags, sc__tags_find(&tags, "pii__phone"), 17, 28, 1);
        s = tags.status;
    }
    if (s >= 0) s = sc__judge_run(&v, j);
    if (s >= 0) s = sc__verdict_apply(&out, &v, (sc_slice){text, strlen(text)});
    if (s >= 0) CHECK_STR(v.dropped ? "dropped" : out.data, settings[1]);
    sc__buffer_deinit(&out);
    sc__judge_close(j);
    sc__rules_close(r);
    sc__tags_deinit(&tags);
    return s;
}

TEST(pii_redact, "stage/curation/tag/pii/redact") {
    CHECK_OK(redact((const char *[]){NULL, "\nMail <EMAIL> or <PHONE>.\n"}));
    CHECK_OK(redact((const char *[]){"pii.email=cut", "Mail  or <PHONE>."}));
    CHECK_OK(redact((const char *[]){"pii=cut", "Mail  or ."}));
    CHECK_OK(redact((const char *[]){"pii=drop", "dropped"}));
    CHECK_OK(redact((const char *[]){"pii.phone=off", "\nMail <EMAIL> or +4930123456.\n"}));
    CHECK_STATUS(SC_USAGE, redact((const char *[]){"pii=keep", ""}));
    CHECK_STATUS(SC_USAGE, redact((const char *[]){"pii.email=keep", ""}));
    CHECK(test_oom(redact, (void *)(const char *[]){NULL, "\nMail <EMAIL> or <PHONE>.\n"}) > 8);
}
