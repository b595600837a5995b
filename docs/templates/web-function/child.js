// The entry to take if AWS does not accept index.js: the program is a child of Node.js, which stays beside it.
const program = require('node:path').join(__dirname, 'bootstrap');
const child = require('node:child_process').spawn(program, { stdio: 'inherit' });
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
