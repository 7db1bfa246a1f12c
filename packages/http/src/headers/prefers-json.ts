// Reads from Accept (RFC 9110 section 12.5.1) whether a client would rather have an error as JSON than as text.
import type { HeaderList } from './header-list.ts';
import { listTokens } from './token-list.ts';

/** Whether a client names a JSON type, and likes it no less than any text that it names. Wildcards ask for neither. */
export function prefersJson(headers: HeaderList): boolean {
  let json = 0;
  let text = 0;
  for (const range of listTokens(headers, 'accept')) {
    const [type = '', ...parameters] = range.toLowerCase().split(';');
    const quality = readQuality(parameters);
    if (/^application\/(?:\S+\+)?json\s*$/.test(type)) json = Math.max(json, quality);
    else if (type.startsWith('text/')) text = Math.max(text, quality);
  }
  return json > 0 && json >= text;
}

/** What `q` says; 1 when it says nothing that is a number. */
function readQuality(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    if (name.trim() === 'q' && /^\s*[01](?:\.\d*)?\s*$/.test(value)) return Number(value);
  }
  return 1;
}
