/*
 * The words for a browser in the list of sessions. A library that knows all user agents is large and has to be kept up to
 * date; people have to recognize their own few devices, and nothing depends on it. Decision 0029.
 */

/** The first pattern that matches decides: browsers also name those that they want to be taken for. */
const BROWSERS: [RegExp, string][] = [
	[/\bEdg(e|A|iOS)?\//, 'Edge'],
	[/\b(OPR|Opera|OPT)\//, 'Opera'],
	[/\bSamsungBrowser\//, 'Samsung Internet'],
	[/\bVivaldi\//, 'Vivaldi'],
	[/\b(Firefox|FxiOS)\//, 'Firefox'],
	[/\b(Chrome|CriOS|HeadlessChrome|Chromium)\//, 'Chrome'],
	[/\bVersion\/\S+ .*Safari\//, 'Safari']
];

const SYSTEMS: [RegExp, string][] = [
	[/\biPhone\b/, 'iPhone'],
	[/\biPad\b/, 'iPad'],
	[/\bAndroid\b/, 'Android'],
	[/\bCrOS\b/, 'ChromeOS'],
	[/\bWindows\b/, 'Windows'],
	[/\bMac(intosh| OS X)\b/, 'macOS'],
	[/\bLinux\b|\bX11\b/, 'Linux']
];

/** Longer than the user agent of any browser. */
const MAX_LENGTH = 400;

/** Returns a browser in words, such as "Firefox on Linux", by its User-Agent header; null if it is unknown. */
export function describeDevice(userAgent: string | null): string | null {
	const text = userAgent?.slice(0, MAX_LENGTH) ?? '';
	const find = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(text))?.[1];
	const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
	return browser && system ? `${browser} on ${system}` : (browser ?? system ?? null);
}
