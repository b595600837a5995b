// The entry of a Lambda Web Function: Node.js is replaced by the program beside this file, which serves HTTP itself.
const program = require('node:path').join(__dirname, 'bootstrap');
process.execve(program, [program]);
