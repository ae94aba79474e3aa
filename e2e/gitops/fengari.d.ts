/** The part that we call of fengari, which brings no types: Lua's own C API, with byte strings for its `char *`. */
declare module 'fengari' {
  type State = { readonly brand: unique symbol }
  type LuaString = Uint8Array

  const fengari: {
    to_luastring: (text: string) => LuaString
    to_jsstring: (text: LuaString) => string
    lua: {
      LUA_OK: number
      LUA_TTABLE: number
      lua_createtable: (state: State, items: number, fields: number) => void
      lua_pcall: (state: State, values: number, results: number, handler: number) => number
      lua_pop: (state: State, count: number) => void
      lua_pushboolean: (state: State, value: boolean) => void
      lua_pushnumber: (state: State, value: number) => void
      lua_pushstring: (state: State, text: LuaString) => void
      lua_rawseti: (state: State, table: number, index: number) => void
      lua_setfield: (state: State, table: number, name: LuaString) => void
      lua_getfield: (state: State, table: number, name: LuaString) => number
      lua_setglobal: (state: State, name: LuaString) => void
      lua_tostring: (state: State, index: number) => LuaString | null
      lua_type: (state: State, index: number) => number
    }
    lauxlib: {
      luaL_newstate: () => State
      luaL_loadstring: (state: State, chunk: LuaString) => number
      luaL_requiref: (state: State, name: LuaString, open: (state: State) => number, global: number) => void
    }
    lualib: { luaopen_base: (state: State) => number; luaopen_table: (state: State) => number }
  }
  export default fengari
}
