# Makes tests/golden/units/cases.jsonl with Perl 5.36 (Unicode 14): words and sentences of texts of several scripts by the
# boundaries of UAX #29, which Perl has as \b{wb} and \b{sb}. A word is a segment with a letter or a number; a sentence is one
# that is not blank, without the white space before it. Run by hand:
#
#     perl tests/parity/units.pl >tests/golden/units/cases.jsonl
use strict;
use warnings;
use utf8;
use feature "unicode_strings";
use JSON::PP;
srand(5);
my @pieces = (
    split(/ /, "The can't don’t it's 3.14 1,000 a.m. U.S. e-mail foo_bar x2 naïve Straße İstanbul ОТ слово. Привет! العربية، نعم؟ ١٢٣ "
      . "שלום צה\"ל ג'ירף עברית. हिन्दी में। ไทย ภาษาไทย လူ ខ្មែរ 한국어 나는 갔다. 서울시 漢字 今日は。 カタカナ ひらがな ｶﾞｲﾄﾞ ー 我们 北京！ "
      . "本当？ 😀 👩‍👩‍👧 🇰🇷🇫🇷 ½ ① Ⅷ ² “Quoted.” (Yes.) [No!] «Да.» etc., i.e. Mr. No.5 3.x v1.2 a:b a:5 5:30 a;b 5;6 o'clock 'tis -- — … "
      . "... ?! !? end. Next next. 3 4.. A.B. q.e.d. ｡ ． é e\x{301} x\x{200d}y a\x{ad}b \x{feff}z 1_2 ＿ ‿"),
    "\n", "\r\n", "\t", "\x{2028}", "\x{85}", "\x{a0}", "\x{3000}");
my $json = JSON::PP->new->utf8->canonical;
for my $case (1 .. 400) {
    my $text = "";
    $text .= $pieces[int rand @pieces] . (rand() < 0.6 ? " " : rand() < 0.2 ? "\n" : "") for 1 .. 1 + int rand 12;
    my @words = grep { /[\p{L}\p{N}]/ } split /\b{wb}/, $text;
    my @sentences = grep { /[^\s\x{1c}-\x{1f}]/ } split /\b{sb}/, $text;
    s/^[\s\x{1c}-\x{1f}]+// for @sentences;
    print $json->encode({text => $text, words => \@words, sentences => \@sentences}), "\n";
}
