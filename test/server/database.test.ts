import {describe, expect, test} from 'vitest'
import {databaseWarnings, readDatabase, withFiles} from '../../src/server/database.ts'

const asked = (variable: string) => readDatabase({variable})!

/** What `usage` says, and that nothing of what was given is in it. */
function refusal(given: Parameters<typeof readDatabase>[0]): string {
  try {
    readDatabase(given)
  } catch (error) {
    const {code, message, next} = error as {code: string; message: string; next: string}
    expect(code).toBe('usage')
    expect(message + next).not.toContain('hunter2')
    return `${message} ${next}`
  }
  throw new Error('it was taken')
}

describe('the database of a server', () => {
  test('is none where none is named', () => {
    expect(readDatabase({})).toBeNull()
    expect(databaseWarnings(null)).toEqual([])
  })

  test.each<[string, string, 'full' | 'ca' | null]>([
    ['postgres://db.example.com/postern', 'db.example.com:5432/postern', 'full'],
    ['postgresql://u@db.example.com:6432/p%20q', 'db.example.com:6432/p q', 'full'],
    ['postgres://u:hunter2@db.example.com/postern', 'db.example.com:5432/postern', 'full'],
    ['postgres://db.example.com/postern?sslmode=verify-ca&sslrootcert=/ca.crt', 'db.example.com:5432/postern', 'ca'],
    ['postgres://db.example.com/postern?sslmode=disable', 'db.example.com:5432/postern', null],
    ['postgres://10.0.0.1/postern', '10.0.0.1:5432/postern', 'full'],
    ['postgres://[2001:db8::1]:5433/postern', '[2001:db8::1]:5433/postern', 'full'],
    ['postgres://localhost/postern', 'localhost:5432/postern', null],
    ['postgres://127.0.0.1:5433/postern', '127.0.0.1:5433/postern', null],
    ['postgres://127.0.0.53/postern', '127.0.0.53:5432/postern', null],
    ['postgres://[::1]/postern', '[::1]:5432/postern', null],
    ['postgres://localhost/postern?sslmode=verify-full', 'localhost:5432/postern', 'full'],
    ['postgres:///postern', 'localhost:5432/postern', null],
    ['postgres:///?dbname=postern', 'localhost:5432/postern', null],
    ['postgres:///postern?host=/run/postgresql', '/run/postgresql:5432/postern', null],
    ['postgres://%2Frun%2Fpostgresql/postern', '/run/postgresql:5432/postern', null],
    ['postgres:///postern?host=db.example.com&port=6432', 'db.example.com:6432/postern', 'full'],
    // What looks like loopback to a careless eye, and is a name or another host.
    ['postgres://127.0.0.1.example.com/postern', '127.0.0.1.example.com:5432/postern', 'full'],
    ['postgres://localhost.example.com/postern', 'localhost.example.com:5432/postern', 'full'],
    ['postgres://127.0.0.1/postern?host=db.example.com', 'db.example.com:5432/postern', 'full'],
    ['postgres://db.example.com/postern?host=', 'db.example.com:5432/postern', 'full'],
  ])('%s is at %s, and its certificate is checked: %s', (url, place, verify) => {
    expect(asked(url).place).toBe(place)
    expect(asked(url).tls?.verify ?? null).toBe(verify)
  })

  test('is on this machine where the URL names no host, whatever PGHOST says', () => {
    for (const url of ['postgres:///postern', 'postgres:///postern?host='])
      expect(new URL(asked(url).url).searchParams.get('host')).toBe('localhost')
  })

  test('is warned of where all goes in the clear over a network, and there alone', () => {
    expect(databaseWarnings(asked('postgres://db.example.com/p?sslmode=disable'))).toEqual([
      expect.stringContaining('not encrypted'),
    ])
    for (const url of ['postgres://db.example.com/p', 'postgres://localhost/p', 'postgres:///p?host=/run/postgresql'])
      expect(databaseWarnings(asked(url))).toEqual([])
  })

  test('is told nothing of TLS by its URL, which the driver reads too', () => {
    const {url} = asked('postgres://db.example.com/p?sslmode=verify-full&sslrootcert=/a&sslcert=/b&sslkey=/c')
    expect(url).toBe('postgres://db.example.com/p')
  })

  test.each<[string, RegExp]>([
    ['hunter2', /takes the URL of a PostgreSQL database/],
    ['mysql://u:hunter2@db/postern', /takes the URL/],
    ['https://u:hunter2@db/postern', /takes the URL/],
    ['postgres://u:hun#ter2hunter2@db/postern', /takes the URL/],
    ['postgres://u:12#hunter2@db/postern', /takes the URL/],
    ['postgres://u:pa/hunter2@db/postern', /takes the URL/],
    ['postgres://db/postern?hunter2=1', /a setting that means nothing/],
    ['postgres://db/postern?ssl=0', /a setting that means nothing/],
    ['postgres://db/postern?uselibpqcompat=true', /a setting that means nothing/],
    ['postgres://db/postern?password=hunter2', /a setting that means nothing/],
    ['postgres://127.0.0.1/postern?host=localhost&host=hunter2', /a setting twice/],
    ['postgres://db/postern?sslmode=verify-full&sslmode=disable', /a setting twice/],
    ['postgres://db/postern?sslmode=require', /does not check whom it speaks to/],
    ['postgres://db/postern?sslmode=prefer', /does not check/],
    ['postgres://db/postern?sslmode=no-verify', /does not check/],
    ['postgres://db/postern?sslmode=hunter2', /does not check/],
    ['postgres://db/postern?sslmode=verify-ca', /names no authority/],
  ])('is refused by a URL that is wrong, without an echo (%#)', (url, says) => {
    expect(refusal({variable: url})).toMatch(says)
    expect(refusal({variable: url})).toContain('POSTERN_DATABASE_URL')
    expect(refusal({flag: url})).toContain('--database-url')
  })

  test.each(['postgres://u:hunter2@db/p', 'postgres://:hunter2@db/p', 'postgres://db/p?password=hunter2'])(
    'has no password on a command line, where every user of the machine reads it (%#)',
    (flag) => {
      expect(refusal({flag})).toMatch(/holds a password.*POSTERN_DATABASE_URL.*PGPASSWORD/)
    },
  )

  test('is that of the flag, where the variable names another', () => {
    expect(readDatabase({flag: 'postgres://a/p', variable: 'postgres://b/p'})!.place).toBe('a:5432/p')
  })

  test.each(['0', '501', '-1', '1.5', 'hunter2', '1e2', ' 1', '9999999'])('takes no pool of %j', (pool) => {
    expect(refusal({variable: 'postgres://a/p', pool})).toMatch(/--database-pool takes a number from 1 to 500/)
  })
  test.each(['0', '3601', 'hunter2'])('takes no statement timeout of %j', (statementTimeout) => {
    expect(refusal({variable: 'postgres://a/p', statementTimeout})).toMatch(/takes a number from 1 to 3600/)
  })
  test('takes pool and timeout, and has some of its own', () => {
    const url = {variable: 'postgres://a/p'}
    expect(readDatabase(url)).toMatchObject({pool: 10, statementTimeout: 30_000})
    expect(readDatabase({...url, pool: '500', statementTimeout: '1'})).toMatchObject({
      pool: 500,
      statementTimeout: 1000,
    })
  })

  test('names the file of TLS that cannot be read', async () => {
    await expect(withFiles(asked('postgres://a/p?sslrootcert=/nowhere/ca.crt'))).rejects.toThrow(
      'The file /nowhere/ca.crt, named for TLS to the database, cannot be read (ENOENT)',
    )
  })
})
