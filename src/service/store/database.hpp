// SQLite behind a thin wrapper: one connection, prepared statements kept, every transaction
// durable.
//
// Inside a transaction a failing statement throws StoreFailure; Database turns it into
// `storage_failed` after a rollback, so that no exception leaves this room and a caller's code
// reads as plain SQL. WAL with synchronous=FULL: when write() has returned a value, the change
// survives kill -9 and power loss.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/ids.hpp"
#include "service/store/migrations.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace lightkeeper::store {

/// Thrown inside transactions only. The text is SQLite's word for the code, never a row's content.
class StoreFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Value = std::variant<std::monostate, std::int64_t, std::string, Bytes>;

/// What a statement is bound to; views must outlive the call.
using Parameter = std::variant<std::monostate, std::int64_t, std::string_view, BytesView>;

[[nodiscard]] inline Parameter parameter(std::monostate) { return std::monostate{}; }
[[nodiscard]] inline Parameter parameter(std::string_view text) { return text; }
[[nodiscard]] inline Parameter parameter(BytesView bytes) { return bytes; }
template <std::integral Number>
[[nodiscard]] Parameter parameter(Number number) {
  if (!std::in_range<std::int64_t>(number)) {
    throw StoreFailure("a number is too large for the database");
  }
  return static_cast<std::int64_t>(number);
}
template <class Tag>
[[nodiscard]] Parameter parameter(const Id<Tag>& id) {
  return BytesView(id.value);
}
template <class Tag, class Number>
[[nodiscard]] Parameter parameter(const Quantity<Tag, Number>& quantity) {
  return parameter(quantity.value);
}
template <class T>
[[nodiscard]] Parameter parameter(const std::optional<T>& value) {
  return value ? parameter(*value) : Parameter(std::monostate{});
}

/// One row, copied out. Columns count from 0. A column of another type throws StoreFailure.
class Row {
 public:
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
  [[nodiscard]] bool null(std::size_t column) const;
  [[nodiscard]] std::int64_t integer(std::size_t column) const;
  [[nodiscard]] std::uint64_t number(std::size_t column) const;  // an integer that is not negative
  [[nodiscard]] const std::string& text(std::size_t column) const;
  [[nodiscard]] const Bytes& blob(std::size_t column) const;
  template <std::size_t N>
  [[nodiscard]] ByteArray<N> array(std::size_t column) const {
    auto out = to_array<N>(blob(column));
    if (!out) {
      throw StoreFailure("a column has an unexpected size");
    }
    return *out;
  }
  template <class Identifier>
  [[nodiscard]] Identifier id(std::size_t column) const {
    return Identifier{array<16>(column)};
  }

 private:
  std::vector<Value> values_;
};

/// Statements of one transaction. SQL must be a literal of ours; people's data travels as
/// parameters only.
class Transaction {
 public:
  /// Runs a statement without rows; the number of rows it changed.
  template <class... Args>
  std::uint64_t run(std::string_view sql, const Args&... args) {
    const std::vector<Parameter> parameters{parameter(args)...};
    return execute(sql, parameters, nullptr);
  }
  template <class... Args>
  [[nodiscard]] std::vector<Row> rows(std::string_view sql, const Args&... args) {
    const std::vector<Parameter> parameters{parameter(args)...};
    std::vector<Row> out;
    execute(sql, parameters, &out);
    return out;
  }
  /// The first row, if any.
  template <class... Args>
  [[nodiscard]] std::optional<Row> row(std::string_view sql, const Args&... args) {
    auto all = rows(sql, args...);
    if (all.empty()) {
      return std::nullopt;
    }
    return std::move(all.front());
  }
  [[nodiscard]] std::int64_t last_row_id() const;

 private:
  friend class Database;
  explicit Transaction(sqlite3* connection) : connection_(connection) {}
  std::uint64_t execute(std::string_view sql, std::span<const Parameter> parameters,
                        std::vector<Row>* rows);
  [[nodiscard]] sqlite3_stmt* prepared(std::string_view sql);

  struct Finalise {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* connection_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalise>, std::less<>> statements_;
};

/// Thread-safe: transactions run one after another. Do not start one inside another.
class Database {
 public:
  /// Opens or creates the file (0600) and migrates it forward. `unsupported_version` when the file
  /// was written by a newer program, `storage_failed` when an applied migration is not the one this
  /// program knows.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file,
                                                              std::span<const Migration> migrations,
                                                              UnixMillis now);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs `work(Transaction&) -> Result<T> or Status` in one transaction: committed and on disk
  /// when this returns a value, undone when it returns an error.
  template <class Work>
  [[nodiscard]] auto write(Work&& work) -> std::invoke_result_t<Work, Transaction&> {
    return transact("BEGIN IMMEDIATE", std::forward<Work>(work));
  }
  /// The same for a consistent look at the data.
  template <class Work>
  [[nodiscard]] auto read(Work&& work) -> std::invoke_result_t<Work, Transaction&> {
    return transact("BEGIN DEFERRED", std::forward<Work>(work));
  }

  /// Moves what stands in the journal into the database file and empties the journal, so that rows
  /// that were removed are nowhere any more (secure_delete overwrote them in the file).
  [[nodiscard]] Status empty_journal();

  /// SQLite's integrity and foreign-key checks; one line for each fault, empty when all is well.
  [[nodiscard]] Result<std::vector<std::string>> faults();
  /// A consistent copy of the whole database into a new file (0600); `already_exists` if there is
  /// one.
  [[nodiscard]] Status copy_to(const std::filesystem::path& file);

 private:
  explicit Database(sqlite3* connection) : connection_(connection), transaction_(connection) {}
  [[nodiscard]] Status prepare_connection();
  [[nodiscard]] Status migrate(std::span<const Migration> migrations, UnixMillis now);
  void statement(const char* sql);
  void roll_back();

  template <class Work>
  auto transact(const char* begin, Work&& work) -> std::invoke_result_t<Work, Transaction&> {
    const std::scoped_lock lock(mutex_);
    struct Guard {
      Database& database;
      bool open = false;
      ~Guard() {
        if (open) {
          database.roll_back();
        }
      }
    } guard{*this};
    try {
      statement(begin);
      guard.open = true;
      auto out = work(transaction_);
      if (out) {
        statement("COMMIT");
        guard.open = false;
      }
      return out;
    } catch (const StoreFailure& failure) {
      return fail(ErrorCode::storage_failed, "store", failure.what());
    }
  }

  std::mutex mutex_;
  sqlite3* connection_;
  Transaction transaction_;
};

}  // namespace lightkeeper::store
