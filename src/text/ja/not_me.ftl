### 「自分ではありません」（ロック解除リンクの先）

not-me-title = お心当たりがありませんか？
not-me-what = いずれの試行も成功していません。このページでアカウントのロックや解除は行われません。メールのリンクも引き続き有効です。
not-me-tell-title = サポートに知らせる
not-me-tell-what = 試行の日時と接続元がサポートに伝わります。控えがメールで届きます。
not-me-tell-button = サポートに知らせる
not-me-out-title = すべてサインアウト
not-me-out-what = 今お使いのものも含め、アカウントのすべてのセッションを終了します。
not-me-out-button = すべてサインアウト
not-me-reset-text = パスワードを知られたかもしれないときに。
not-me-back = やはり自分でした
not-me-back-text = アカウントのロックを解除するページです。
not-me-told-title = サポートに知らせました
not-me-told = 受付番号は { $reference } です。ロックの状態は変わっていません。
not-me-before-title = すでに知らせてあります
not-me-before = 以前に受け付けています。受付番号は { $reference } です。
not-me-out-done-title = すべてサインアウトしました
not-me-out-done = アカウントのすべてのセッションを終了しました。ロックの状態は変わっていません。
not-me-sign-in-text = いつものパスワードで。
not-me-report-subject = この試行は自分ではありません
not-me-report = 誰かが私のアカウントにサインインしようとしました。私ではありません。ロック解除メールのリンクから来ました。
