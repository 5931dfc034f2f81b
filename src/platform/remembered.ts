/**
 * The same function, which remembers its last answers: at least `most` and at most twice as many. For what is worked out
 * from a text alone, and asked of few texts again and again. Of two generations the older one goes when the younger is full.
 */
export function remembered<Answer>(most: number, workOut: (text: string) => Answer): (text: string) => Answer {
  let [known, older] = [new Map<string, Answer>(), new Map<string, Answer>()]
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    if (known.size === most) [known, older] = [new Map(), known]
    const answer = older.get(text) ?? workOut(text)
    known.set(text, answer)
    return answer
  }
}
