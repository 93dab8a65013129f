#include "service/store/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "core/crypto/crypto.hpp"

namespace lightkeeper::store {

namespace {

[[noreturn]] void throw_code(int code) { throw StoreFailure(sqlite3_errstr(code)); }

void bind(sqlite3_stmt* statement, int index, const Parameter& parameter) {
  int code = SQLITE_OK;
  // The destructor argument nullptr is SQLITE_STATIC: parameters outlive the step.
  if (const auto* number = std::get_if<std::int64_t>(&parameter)) {
    code = sqlite3_bind_int64(statement, index, *number);
  } else if (const auto* text = std::get_if<std::string_view>(&parameter)) {
    code = sqlite3_bind_text64(statement, index, text->empty() ? "" : text->data(), text->size(),
                               nullptr, SQLITE_UTF8);
  } else if (const auto* blob = std::get_if<BytesView>(&parameter)) {
    code = blob->empty()
               ? sqlite3_bind_zeroblob(statement, index, 0)
               : sqlite3_bind_blob64(statement, index, blob->data(), blob->size(), nullptr);
  } else {
    code = sqlite3_bind_null(statement, index);
  }
  if (code != SQLITE_OK) {
    throw_code(code);
  }
}

Value column(sqlite3_stmt* statement, int index) {
  const auto bytes = [&](const void* data) {
    const auto* first = static_cast<const Byte*>(data);
    return BytesView(first, static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
  };
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, index)};
    case SQLITE_TEXT:
      return std::string(as_text(bytes(sqlite3_column_text(statement, index))));
    case SQLITE_BLOB:
      return to_bytes(bytes(sqlite3_column_blob(statement, index)));
    case SQLITE_NULL:
      return std::monostate{};
    default:
      throw StoreFailure("a column has an unexpected type");
  }
}

template <class T>
const T& expect(const std::vector<Value>& values, std::size_t column) {
  const T* value = column < values.size() ? std::get_if<T>(&values[column]) : nullptr;
  if (value == nullptr) {
    throw StoreFailure("a column has an unexpected type");
  }
  return *value;
}

}  // namespace

bool Row::null(std::size_t column) const {
  return column < values_.size() && std::holds_alternative<std::monostate>(values_[column]);
}
std::int64_t Row::integer(std::size_t column) const {
  return expect<std::int64_t>(values_, column);
}
std::uint64_t Row::number(std::size_t column) const {
  const auto value = integer(column);
  if (value < 0) {
    throw StoreFailure("a count is negative");
  }
  return static_cast<std::uint64_t>(value);
}
const std::string& Row::text(std::size_t column) const {
  return expect<std::string>(values_, column);
}
const Bytes& Row::blob(std::size_t column) const { return expect<Bytes>(values_, column); }

void Transaction::Finalise::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

std::int64_t Transaction::last_row_id() const { return sqlite3_last_insert_rowid(connection_); }

sqlite3_stmt* Transaction::prepared(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    return found->second.get();
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK || statement == nullptr) {
    throw_code(code);
  }
  statements_.emplace(std::string(sql), statement);
  return statement;
}

std::uint64_t Transaction::execute(std::string_view sql, std::span<const Parameter> parameters,
                                   std::vector<Row>* rows) {
  sqlite3_stmt* statement = prepared(sql);
  struct Reset {
    sqlite3_stmt* statement;
    ~Reset() {
      sqlite3_reset(statement);
      sqlite3_clear_bindings(statement);
    }
  } const reset{statement};
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) != parameters.size()) {
    throw StoreFailure("a statement has another number of parameters");
  }
  int index = 0;
  for (const auto& parameter : parameters) {
    bind(statement, ++index, parameter);
  }
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) {
      return static_cast<std::uint64_t>(sqlite3_changes64(connection_));
    }
    if (code == SQLITE_CONSTRAINT) {
      throw StoreFailure(sqlite3_errmsg(connection_));  // names of columns or our words, no values
    }
    if (code != SQLITE_ROW) {
      throw_code(code);
    }
    if (rows != nullptr) {
      std::vector<Value> values;
      const int columns = sqlite3_column_count(statement);
      for (int i = 0; i < columns; ++i) {
        values.push_back(column(statement, i));
      }
      rows->emplace_back(std::move(values));
    }
  }
}

Database::~Database() {
  transaction_.statements_.clear();
  sqlite3_close_v2(connection_);
}

void Database::statement(const char* sql) {
  const int code = sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    throw_code(code);
  }
}

void Database::roll_back() { sqlite3_exec(connection_, "ROLLBACK", nullptr, nullptr, nullptr); }

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file,
                                                 std::span<const Migration> migrations,
                                                 UnixMillis now) {
  // SQLite gives new files the mode of the process's umask; the journal files copy the mode of the
  // main file.
  const int made = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (made < 0) {
    return fail(ErrorCode::io_failed, "store.open");
  }
  ::close(made);
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &connection,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(connection));
  if (code != SQLITE_OK) {
    return fail(ErrorCode::storage_failed, "store.open", sqlite3_errstr(code));
  }
  LK_CHECK_OK(database->prepare_connection());
  LK_CHECK_OK(database->migrate(migrations, now));
  return database;
}

Status Database::prepare_connection() {
  sqlite3_busy_timeout(connection_, 10'000);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  try {
    // secure_delete: what was acknowledged or has expired is overwritten, not only unlinked.
    statement(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        "PRAGMA trusted_schema=OFF; PRAGMA secure_delete=ON; PRAGMA cell_size_check=ON;");
  } catch (const StoreFailure& failure) {
    return fail(ErrorCode::storage_failed, "store.open", failure.what());
  }
  return {};
}

Status Database::migrate(std::span<const Migration> migrations, UnixMillis now) {
  // One write transaction, so that two programs that start together do not both migrate.
  return write([&](Transaction& tx) -> Status {
    tx.run(
        "CREATE TABLE IF NOT EXISTS migration(number INTEGER PRIMARY KEY, checksum BLOB NOT NULL, "
        "applied_ms INTEGER NOT NULL) STRICT");
    const auto applied = tx.rows("SELECT number, checksum FROM migration ORDER BY number");
    if (applied.size() > migrations.size()) {
      return fail(ErrorCode::unsupported_version, "store.migrate",
                  "the database was written by a newer Lightkeeper");
    }
    for (std::size_t i = 0; i < migrations.size(); ++i) {
      const auto checksum = crypto::sha256(as_bytes(migrations[i].sql));
      if (i < applied.size()) {
        if (applied[i].integer(0) != migrations[i].number || applied[i].array<32>(1) != checksum) {
          return fail(ErrorCode::storage_failed, "store.migrate",
                      "migration " + std::to_string(migrations[i].number) +
                          " is not the one that was applied");
        }
        continue;
      }
      statement(std::string(migrations[i].sql).c_str());
      tx.run("INSERT INTO migration(number, checksum, applied_ms) VALUES(?, ?, ?)",
             migrations[i].number, BytesView(checksum), now);
    }
    return {};
  });
}

Status Database::empty_journal() {
  const std::scoped_lock lock(mutex_);
  const int code =
      sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return fail(ErrorCode::storage_failed, "store.journal", sqlite3_errstr(code));
  }
  return {};
}

Result<std::vector<std::string>> Database::faults() {
  return read([](Transaction& tx) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    for (const auto& row : tx.rows("PRAGMA integrity_check(20)")) {
      if (row.text(0) != "ok") {
        out.push_back(row.text(0));
      }
    }
    for (const auto& row : tx.rows("PRAGMA foreign_key_check")) {
      out.push_back("a row of table " + row.text(0) + " refers to a row of " + row.text(2) +
                    " that is not there");
    }
    return out;
  });
}

Status Database::copy_to(const std::filesystem::path& file) {
  const int made = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (made < 0) {
    return fail(errno == EEXIST ? ErrorCode::already_exists : ErrorCode::io_failed, "store.copy");
  }
  ::close(made);
  sqlite3* target = nullptr;
  int code = sqlite3_open_v2(file.c_str(), &target, SQLITE_OPEN_READWRITE, nullptr);
  if (code == SQLITE_OK) {
    const std::scoped_lock lock(mutex_);
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", connection_, "main");
    code = backup == nullptr ? sqlite3_errcode(target) : sqlite3_backup_step(backup, -1);
    if (backup != nullptr) {
      const int finished = sqlite3_backup_finish(backup);
      code = code == SQLITE_DONE ? finished : code;
    }
  }
  sqlite3_close_v2(target);
  if (code != SQLITE_OK) {
    return fail(ErrorCode::storage_failed, "store.copy", sqlite3_errstr(code));
  }
  return {};
}

}  // namespace lightkeeper::store
