// A command in JavaScript. StarlingMonkey has `console.log`; the rest are the functions of WASI 0.2 themselves.

import { getArguments, getEnvironment } from 'wasi:cli/environment@0.2.12';
import { exitWithCode } from 'wasi:cli/exit@0.2.12';
import { getStdin } from 'wasi:cli/stdin@0.2.12';
import { getDirectories } from 'wasi:filesystem/preopens@0.2.12';

export const run = {
  run() {
    const [, path, code] = getArguments();
    const variables = new Map(getEnvironment());
    console.log(`arguments: ${path} ${code}`);
    console.log(`GREETING: ${variables.get('GREETING')}`);
    console.log(`input: ${text(getStdin())}`);
    console.log(`file: ${text(open(path))}`);
    exitWithCode(Number(code));
  },
};

// A stream of the file at an absolute path: a descriptor of WASI knows only what is below itself.
function open(path) {
  for (const [directory, name] of getDirectories()) {
    const root = name.endsWith('/') ? name : `${name}/`;
    if (!path.startsWith(root)) continue;
    const file = directory.openAt({ symlinkFollow: true }, path.slice(root.length), {}, { read: true });
    return file.readViaStream(0n);
  }
  throw new Error(`${path} is in no granted directory`);
}

function text(stream) {
  const decoder = new TextDecoder();
  let read = '';
  for (;;) {
    try {
      read += decoder.decode(stream.blockingRead(65536n), { stream: true });
    } catch (error) {
      if (error.payload?.tag === 'closed') return read.trimEnd();
      throw error;
    }
  }
}
