// For tests of this room: a desk with people, a room of messages and a log that remembers.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "service/cases/cases.hpp"
#include "service/cases/file_key_wrapping.hpp"
#include "service/store/restriction.hpp"
#include "service/store/temporary_folder.hpp"

namespace lightkeeper::cases {

inline constexpr std::string_view kWords = "the boat leaves at seven from the small pier";

/// Whether any file of a folder holds these bytes.
inline bool folder_holds(const std::filesystem::path& folder, BytesView needle) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      if (text.find(as_text(needle)) != std::string::npos) {
        return true;
      }
    }
  }
  return false;
}

class Desk : public testing::Test {
 protected:
  Desk() {
    ada_ = account("ada", "person");
    ben_ = account("ben", "person");
    cleo_ = account("cleo", "person");
    rita_ = {account("rita", "reviewer"), {}, false, false};
    sven_ = {account("sven", "reviewer"), {}, true, false};
    tova_ = {account("tova", "reviewer"), {}, true, false};
    policy_.sampled_of_10000 = 0;
  }
  AccountId account(std::string_view name, std::string_view role) {
    const AccountId id{rng_.array<16>()};
    (void)database_->write([&](store::Transaction& tx) -> Status {
      tx.run("INSERT INTO account(id, name, role, created_ms) VALUES(?, ?, ?, 0)", id, name, role);
      return {};
    });
    return id;
  }
  Neighbours neighbours() {
    return {
        [this](std::uint32_t) { return stamp_key_.clone(); },
        [this](const AccountId& who, const ConversationId& where, ServerSeq seq) -> Result<bool> {
          if (bad_moment_ && bad_moment_->first == "was_member") {
            return fail(bad_moment_->second, "test");
          }
          return who != ada_ && where != ConversationId{} && seq.value >= 3;
        },
        [this](const AccountId& who, const AttachmentId& id) -> Result<Bytes> {
          if (bad_moment_ && bad_moment_->first == "attachment") {
            return fail(bad_moment_->second, "test");
          }
          const auto found = stored_.find(id);
          if (who == ada_ || found == stored_.end()) {
            return fail(ErrorCode::not_found, "test");
          }
          return found->second;
        },
        [this](store::Transaction& tx, const AccountId& who, const Restriction& wanted) -> Status {
          store::set_restriction(tx, who, wanted.by_case, wanted.on, clock_.now());
          return {};
        }};
  }
  store::AuditSink sink() {
    return [this](store::Transaction&, const store::AuditEntry& entry) -> Status {
      if (log_fails_) {
        return fail(ErrorCode::storage_failed, "test_log");
      }
      log_.push_back(entry);
      return {};
    };
  }
  std::unique_ptr<Cases> desk() {
    return std::make_unique<Cases>(*database_, clock_, rng_, neighbours(), wrapping_, sink(),
                                   policy_);
  }
  Cases& cases() {
    if (!cases_) {
      cases_ = desk();
    }
    return *cases_;
  }
  bool restricted(const AccountId& who) {
    return !database_
                ->read([&](store::Transaction& tx) { return store::check_not_restricted(tx, who); })
                .has_value();
  }
  /// How often a deed stands in the log.
  std::size_t logged(std::string_view action) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(log_, [&](const auto& entry) { return entry.action == action; }));
  }

  /// A message of ada as a member's device kept it.
  ReportedItem item(std::uint64_t seq, std::string_view body,
                    std::vector<franking::AttachmentDescriptor> attachments = {}) {
    franking::Content content;
    content.type =
        attachments.empty() ? franking::ContentType::text : franking::ContentType::picture;
    content.body = body;
    content.attachments = std::move(attachments);
    return item(seq, content);
  }
  ReportedItem item(std::uint64_t seq, franking::Content content) {
    return said_by(ada_, seq, std::move(content));
  }
  ReportedItem said_by(const AccountId& who, std::uint64_t seq, franking::Content content) {
    content.sender = who;
    content.conversation = room_;
    ReportedItem out;
    out.content = franking::encode(content).value();
    out.opening_key.bytes = rng_.array<32>();
    franking::Context context;
    context.key_id = 20833;
    context.sender = who;
    context.conversation = room_;
    context.seq.value = seq;
    context.accepted = clock_.now();
    out.context = franking::encode(context);
    out.stamp =
        franking::stamp(stamp_key_, franking::commit(out.opening_key, out.content), context);
    return out;
  }
  franking::AttachmentDescriptor store_picture(const Bytes& bytes) {
    auto sealed = franking::seal_attachment(bytes, "image/png", rng_).value();
    sealed.descriptor.id = AttachmentId{rng_.array<16>()};
    stored_[sealed.descriptor.id] = sealed.ciphertext;
    return sealed.descriptor;
  }
  NewReport report(std::vector<ReportedItem> items) {
    NewReport out;
    out.client_id = "r" + std::to_string(++client_ids_);
    out.harm = Harm::unwanted;
    out.note = "a short note";
    out.alleged = ada_;
    out.messages = std::move(items);
    return out;
  }
  NewReport words_only(std::string statement) {
    auto out = report({});
    out.statement = std::move(statement);
    return out;
  }
  /// In a conversation of its own, so that it is a case of its own.
  ReportId new_case(const AccountId& reporter, std::vector<ReportedItem> items) {
    const auto id = cases().accept(reporter, report(std::move(items)));
    EXPECT_TRUE(id) << (id ? "" : id.error().message());
    room_ = ConversationId{rng_.array<16>()};
    return id.value_or(ReportId{});
  }
  void tamper(const std::string& sql) {
    sqlite3* raw = nullptr;
    sqlite3_open((folder_.path() / "service.db").c_str(), &raw);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
        << sqlite3_errmsg(raw);
    sqlite3_free(message);
    sqlite3_close(raw);
  }

  store::TemporaryFolder folder_;
  SetClock clock_{UnixMillis{1'800'000'000'000}};
  crypto::SystemRng rng_;
  std::unique_ptr<store::Database> database_ = std::move(*store::Database::open(
      folder_.path() / "service.db", store::service_migrations(), clock_.now()));
  SecretBytes stamp_key_ = SecretBytes::copy_of(rng_.array<32>());
  SecretBytes evidence_key_ = SecretBytes::copy_of(rng_.array<32>());
  FileKeyWrapping wrapping_{evidence_key_, rng_};
  ConversationId room_{rng_.array<16>()};
  AccountId ada_, ben_, cleo_;
  Staff rita_, sven_, tova_;
  std::map<AttachmentId, Bytes> stored_;
  std::vector<store::AuditEntry> log_;
  bool log_fails_ = false;
  /// Which neighbour answers with which error.
  std::optional<std::pair<std::string, ErrorCode>> bad_moment_;
  Policy policy_ = standard_policy();
  unsigned client_ids_ = 0;
  std::unique_ptr<Cases> cases_;
};

}  // namespace lightkeeper::cases
