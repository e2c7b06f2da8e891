/**
 * From nothing to the first answer with k4s. Prints how many milliseconds it took from the first line of this file. Then it
 * stays for a while where it is told to, as most programs do: what V8 has compiled by then is kept for the next.
 */
const began = performance.now();
const { Cluster } = await import(process.argv[2]);
const cluster = new Cluster({ images: [process.argv[3]] });
await cluster.start();
await cluster.apply({
  kind: "Container",
  metadata: { name: "echo" },
  spec: { module: "echo", function: "echo" },
});
await cluster.waitFor("Container/echo", "Ready");
const answer = await cluster.api.request("container/echo", { n: 1 });
if (answer.n !== 1) throw new Error(`The answer was ${JSON.stringify(answer)}.`);
console.log(performance.now() - began);
await new Promise(resolve => setTimeout(resolve, Number(process.argv[4] ?? 0)));
await cluster.stop();
