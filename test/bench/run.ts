// npm run bench [-- simulator [--json FILE]]: one benchmark; the consumer's when none is named.
const [name = "consumer"] = process.argv.slice(2);
switch (name) {
  case "consumer":
    await import("./consumer.ts");
    break;
  case "simulator":
    await import("./simulator.ts");
    break;
  default:
    process.stderr.write(`no benchmark ${name}; expected consumer or simulator\n`);
    process.exitCode = 2;
}
