/** The shape and colour of an avatar. */
export interface IdenticonShape {
	/** OKLCH hue in degrees, in the palette's range from green to blue. */
	hue: number;
	/** OKLCH lightness: dark enough on a light page, light enough on a dark one. */
	lightness: number;
	/** SVG path of the filled squares in a 5 × 5 grid, mirrored left to right. */
	path: string;
}

const SIZE = 5;
const HALF = Math.ceil(SIZE / 2);
const FIRST_HUE = 130;
const HUES = 130;

/** 32-bit FNV-1a with MurmurHash3's finalizer, so that similar names look different. */
function hash(name: string): number {
	let value = 0x811c9dc5;
	for (let i = 0; i < name.length; i++) value = Math.imul(value ^ name.charCodeAt(i), 0x01000193);
	value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
	value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
	return (value ^ (value >>> 16)) >>> 0;
}

/** Returns the identicon of a username. The same name always has the same identicon. */
export function identiconShape(name: string): IdenticonShape {
	const bits = hash(name);
	let path = '';
	for (let y = 0; y < SIZE; y++) {
		const isFilled = (x: number) => x < SIZE && (bits >>> (y * HALF + Math.min(x, SIZE - 1 - x))) & 1;
		for (let x = 0; x < SIZE; x++) {
			// Adjacent squares are one rectangle, which makes a page shorter.
			const start = x;
			while (isFilled(x)) x++;
			if (x > start) path += `M${start} ${y}h${x - start}v1h-${x - start}z`;
		}
	}
	return {
		hue: FIRST_HUE + ((bits >>> 16) % HUES),
		lightness: 0.5 + ((bits >>> 24) % 3) * 0.08,
		path
	};
}
