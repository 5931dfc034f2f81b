import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAddress } from './browser-address.ts'

const publicUrl = 'https://ulti.example.test'
const seenFrom = (endpoint: string, name: string, acceptedIssuers: string[] = [], issuer = name) =>
  browserAddress(new URL(endpoint), name, { issuer, acceptedIssuers, publicUrl }).href

test('an issuer that was found inside a container network is shown to browsers on the public host', () => {
  const issuer = 'http://nginx/auth/application/o/ulti/'
  const endpoint = 'http://nginx/auth/application/o/authorize/?client_id=ulti-backend'
  assert.equal(seenFrom(endpoint, issuer), `${publicUrl}/auth/application/o/authorize/?client_id=ulti-backend`)
})

test('the first accepted issuer says where browsers find it', () => {
  const accepted = ['https://id.example.test/auth/application/o/ulti/', 'http://nginx/auth/application/o/ulti/']
  assert.equal(
    seenFrom('http://nginx/auth/x?y=1', 'http://nginx/auth/', accepted),
    'https://id.example.test/auth/x?y=1',
  )
})

test('an issuer that browsers can reach is left where it is', () => {
  for (const host of [
    'http://localhost:9000',
    'http://127.0.0.1:9000',
    'https://id.example.test',
    'http://[::1]:9000',
  ]) {
    assert.equal(seenFrom(`${host}/authorize`, `${host}/`), `${host}/authorize`)
  }
})

test('an endpoint on another host than the issuer is left alone', () => {
  assert.equal(seenFrom('https://login.example.test/a', 'http://nginx/auth/'), 'https://login.example.test/a')
})

test('an issuer that is found at one address and goes by another name is shown by that name', () => {
  const name = 'https://id.example.test/realm'
  const inside = 'http://keycloak:8080/realm'
  assert.equal(seenFrom('http://keycloak:8080/realm/auth', name, [], inside), 'https://id.example.test/realm/auth')
  assert.equal(seenFrom('https://id.example.test/realm/auth', name, [], inside), 'https://id.example.test/realm/auth')
})
