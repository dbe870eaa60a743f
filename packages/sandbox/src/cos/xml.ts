/** A child of an element: text, or elements of its own; a list stands for several elements of the same name. */
export type XmlValue = string | number | XmlElements | readonly XmlElements[] | readonly string[] | undefined;
export interface XmlElements {
  readonly [name: string]: XmlValue;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
// What XML 1.0 cannot hold, not even escaped.
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const escapeText = (text: string) =>
  text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);

const isList = (value: XmlValue): value is readonly XmlElements[] | readonly string[] => Array.isArray(value);

/** `{a: 'x', b: [{c: 1}]}` as `<a>x</a><b><c>1</c></b>`; what is undefined is left out. */
function elements(tree: XmlElements): string {
  return Object.entries(tree)
    .flatMap(([name, value]) => (isList(value) ? value.map((item) => element(name, item)) : [element(name, value)]))
    .join('');
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  const inner = typeof value === 'object' ? elements(value as XmlElements) : escapeText(String(value));
  return `<${name}>${inner}</${name}>`;
}

export const xmlDocument = (tree: XmlElements): string => `<?xml version="1.0" encoding="UTF-8"?>\n${elements(tree)}`;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescapeText = (text: string) =>
  text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, entity: string) => {
    if (!entity.startsWith('#')) return ENTITIES[entity] ?? whole;
    const code = entity.startsWith('#x') ? parseInt(entity.slice(2), 16) : parseInt(entity.slice(1), 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

/**
 * The inner text of every element of this name. The requests that COS reads XML from (the parts of a completion, the
 * keys of a deletion) are two levels deep and have no attributes, so no parser is needed.
 */
export const innerOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map((match) => match[1] ?? '');

/** The text of the first element of this name. */
export const textOf = (xml: string, name: string): string | undefined => {
  const inner = innerOf(xml, name)[0];
  return inner === undefined ? undefined : unescapeText(inner);
};
