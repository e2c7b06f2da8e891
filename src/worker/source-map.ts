/**
 * The source map of a bundle, read when it is first needed. Node reads maps as it compiles, which took a start longer than
 * the compiling, and hardly any container ever writes a stack. Whoever does, Node or a library, first looks for
 * Error.prepareStackTrace: that is when the map is given to Node, which maps the stack as usual.
 */
import { Module } from "node:module";

/**
 * What Node does for a file that is required, without the file. It has no public name, but has been stable for ten years and
 * is what every loader of other languages uses; there is no public way to make a map known.
 */
interface Compilable extends Module {
  _compile(text: string, filename: string): unknown;
}

const unset = { value: undefined, writable: true, configurable: true };

/** @param text of the module, which may end with its map */
export function mapStacksOf(filename: string, text: string): void {
  process.setSourceMapsEnabled(true);
  const comment = text.lastIndexOf("\n//# sourceMappingURL=");
  if (comment < 0) return;
  const usual = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace") ?? unset;
  // Taken now: by then the code may have replaced what this takes.
  const end = text.indexOf("\n", comment + 1);
  const map = text.slice(comment + 1, end < 0 ? undefined : end);
  // Node forgets a map together with its module.
  const holder = new Module(filename) as Compilable;
  const read = () => {
    Object.defineProperty(Error, "prepareStackTrace", usual);
    holder._compile(map, filename);
  };
  Object.defineProperty(Error, "prepareStackTrace", {
    configurable: true,
    get() {
      read();
      return Error.prepareStackTrace;
    },
    set(own) {
      read();
      Error.prepareStackTrace = own;
    },
  });
}
