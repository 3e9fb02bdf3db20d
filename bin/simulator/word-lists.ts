/*
 * Names and words for generated logs. Some are awkward to send: quotes, plus signs, percent signs, slashes,
 * markup, right-to-left text, emoji.
 */

export const FIRST_NAMES = [
	'Ada',
	'Björk',
	'Çağla',
	'D’Arcy',
	'Eun-ji',
	'“Fred”',
	'G.',
	'Håkon',
	'ليلى',
	'Jo+Jo',
	'Kim;',
	'名前',
	'Mia 🐦',
	'100%'
] as const;

export const LAST_NAMES = [
	'Aarup',
	"O'Brien",
	'Crane/Dove',
	'<b>Eagle</b>',
	'Finch & Gull',
	'Heron',
	'Ibis?',
	'Jay#1',
	'Kestrel',
	'Løvås',
	'שרון',
	'\\Nuthatch'
] as const;

export const WORDS = [
	'again',
	'and',
	'bird',
	'bread,',
	'café',
	'don’t',
	'early',
	'finally!',
	'garden',
	'has',
	'https://example.org/a?b=c&d=%20',
	'in',
	'<script>alert(1)</script>',
	'light',
	'"morning"',
	'nobody',
	'on',
	'quiet',
	'rain;',
	'so',
	'the',
	'this',
	'today',
	'ونعم',
	'we',
	'window',
	'🌧️'
] as const;
