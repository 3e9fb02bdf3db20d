import { isUtf8 } from 'node:buffer';
import type { Value } from '#lib/server/import/source.ts';

/** Longer than any text that can be taken. What is beyond it is not kept. */
export const MAX_TEXT_BYTES = 16_384;

/** Decodes UTF-8. Returns other bytes as they are, so that the row is rejected; a text that was cut is rejected anyway. */
export function decodeText(bytes: Uint8Array | null): Value {
	if (bytes === null || (!isUtf8(bytes) && bytes.length < MAX_TEXT_BYTES)) return bytes;
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
