// Letters beyond ASCII that names of hosts are written with; no white space and no punctuation among them.
const LETTER = "A-Za-zÀ-ÖØ-öø-ῼⰀ-ⷿ぀-퟿";
const LABEL = `[${LETTER}0-9]([${LETTER}0-9\\-]{0,61}[${LETTER}0-9])?`;

/**
 * A web address: `http://` or `https://` or neither, a host with a dot and no IP address, a port, a path. What the
 * normalizer `url` writes in full is one; so are hosts in other scripts.
 */
export const URL_PATTERN = `^([Hh][Tt][Tt][Pp][Ss]?://)?(${LABEL}\\.)+` +
  `([${LETTER}]{2,63}|[Xx][Nn]--[A-Za-z0-9\\-]{1,59})(:[0-9]{1,5})?([/?#]\\S*)?$`;
