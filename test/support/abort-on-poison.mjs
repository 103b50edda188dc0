// Loaded into a child before the program: who decodes this very text dies on the spot, as of a defect in a decoder.
import process from 'node:process'

const { toString } = Buffer.prototype
Buffer.prototype.toString = function (...where) {
  const text = toString.apply(this, where)
  if (text === '"poison\\u002dpill"') process.abort()
  return text
}
