/** The encodings that a file is recognised in. */
export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const;
export type Encoding = typeof ENCODINGS[number];

/** The encoding of a file, from its first bytes: its byte order mark, else zeros, else whether it is UTF-8. */
export function detectEncoding(bytes: Uint8Array): Encoding {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  const sample = bytes.subarray(0, 1000);
  const zeros = [0, 0];
  for (const [place, byte] of sample.entries()) if (byte === 0) zeros[place % 2]!++;
  if (zeros[1]! > sample.length / 5 && zeros[0] === 0) return "utf-16le";
  if (zeros[0]! > sample.length / 5 && zeros[1] === 0) return "utf-16be";
  return isUtf8(bytes.subarray(0, bytes.length - danglingBytes(bytes, "utf-8"))) ? "utf-8" : "windows-1252";
}

/** Text and the bytes behind it that are no whole character yet. */
export interface Decoded {
  readonly text: string;
  readonly rest: Uint8Array;
}

/** Decodes a part of a file; what its last bytes begin is kept for the next part. */
export function decodePart(bytes: Uint8Array, encoding: Encoding, isLast: boolean): Decoded {
  const dangling = isLast ? 0 : danglingBytes(bytes, encoding);
  const whole = bytes.subarray(0, bytes.length - dangling);
  return {
    text: new TextDecoder(encoding).decode(whole),
    rest: bytes.slice(bytes.length - dangling),
  };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** How many bytes at the end are the beginning of a character. */
function danglingBytes(bytes: Uint8Array, encoding: Encoding): number {
  if (encoding === "windows-1252") return 0;
  if (encoding !== "utf-8") {
    const odd = bytes.length % 2;
    const high = bytes.length - odd - (encoding === "utf-16le" ? 1 : 2);
    const isHalf = high >= 0 && (bytes[high]! & 0xfc) === 0xd8;
    return odd + (isHalf ? 2 : 0);
  }
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}
