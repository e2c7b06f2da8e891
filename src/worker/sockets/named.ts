/** Functions of Node that ours take the place of. */

/** What takes a function's place has its name: programs and traces show it. */
export function named<F extends object>(name: string, call: F): F {
  return Object.defineProperty(call, "name", { value: name });
}

export type Call = (...args: unknown[]) => unknown;

/** With everything that Node has noted about the function: `util.promisify` reads it. */
export function replace<K extends string>(
  module: { [key in K]: unknown },
  name: K,
  make: (call: Call) => Call,
): void {
  const call = module[name] as Call;
  const own = make((...args) => Reflect.apply(call, module, args));
  Object.defineProperties(own, Object.getOwnPropertyDescriptors(call));
  Object.assign(module, { [name]: own });
}
