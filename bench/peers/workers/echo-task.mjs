/** The task of the pools that run the default export of a module. */
export default function echo(body) {
  return body;
}
