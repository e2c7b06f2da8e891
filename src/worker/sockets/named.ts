/** What takes a function's place has its name: programs and traces show it. */
export function named<F extends object>(name: string, call: F): F {
  return Object.defineProperty(call, "name", { value: name });
}
