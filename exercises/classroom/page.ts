/** An exercise's page in the terminal: Markdown, with colour instead of its signs. */
import chalk from "chalk";

export function renderPage(markdown: string): string {
  let isCode = false;
  const lines: string[] = [];
  for (const line of markdown.trimEnd().split("\n")) {
    if (line.startsWith("```")) isCode = !isCode;
    else lines.push(isCode ? `    ${chalk.cyan(line)}` : renderLine(line));
  }
  return lines.join("\n");
}

function renderLine(line: string): string {
  const heading = /^(#+) (.*)$/.exec(line);
  if (heading) return heading[1] === "#" ? chalk.bold.underline(heading[2]) : chalk.bold(heading[2]);
  return line
    .replace(/`([^`]+)`/g, (_, code) => chalk.cyan(code))
    .replace(/\*\*([^*]+)\*\*/g, (_, text) => chalk.bold(text))
    .replace(/(?<!\w)_([^_]+)_(?!\w)/g, (_, text) => chalk.italic(text));
}
