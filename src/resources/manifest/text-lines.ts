/** Lines of a text, found by an offset into it. */

export function startOfLine(text: string, offset: number): number {
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1;
}

export function endOfLine(text: string, offset: number): number {
  const end = /[\r\n]|$/g;
  end.lastIndex = offset;
  return end.exec(text)?.index ?? text.length;
}

export function startOfNextLine(text: string, end: number): number {
  return end + (text.startsWith("\r\n", end) ? 2 : 1);
}

export function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}

export function indentAt(text: string, offset: number): number {
  const start = startOfLine(text, offset);
  return indentOf(text.slice(start, endOfLine(text, start)));
}

export function isLineBetween(text: string, start: number, end: number): boolean {
  return /[\r\n]/.test(text.slice(start, end));
}
