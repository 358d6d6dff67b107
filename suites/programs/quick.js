// Computation, a file written and read back, a directory listed.
import * as std from "qjs:std";
import * as os from "qjs:os";

const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
print("fib", fib(30));
print("sorted", [10, 2, 3, 1].sort((a, b) => a - b).join(","));
const out = std.open("/out.txt", "w");
out.puts("first line\n");
out.close();
print("file", std.loadFile("/out.txt").trim());
const [names] = os.readdir("/");
print("entries", names.filter((name) => !name.startsWith(".")).length);
